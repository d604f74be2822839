"""The words, in several languages, that tell what kind of work is asked for.

Longer than most modules, because it is a table: per task, what a word or a
pair of words weighs. Scripts that do not separate words, and endings that
vary, are looked up as parts of the text (`PARTS`).
"""

from __future__ import annotations

from collections.abc import Mapping

from homeport.policies.model import Task

# fmt: off
_WORDS: Mapping[Task, tuple[tuple[float, str], ...]] = {
    "translation": (
        (5.0, "translate, translation, translating, übersetze, übersetzen, übersetz, übersetzung, "
              "traduis, traduire, traduisez, traduction, traduce, traducir, traduzca, traducción, "
              "traduci, tradurre, traduzione, traduza, traduzir, traduz, tradução, vertaal, "
              "vertalen, vertaling, översätt, przetłumacz, tłumaczenie, çevir, переведи, "
              "переведите, перевод, перевести, переклади"),
        (3.5, "you say, sagt man, dit-on, on dit, se dice, si dice, se diz, zeg je"),
        (1.6, "into english, into german, into french, into spanish, into italian, into dutch, "
              "into portuguese, into russian, into japanese, into chinese, into korean, "
              "into polish, into turkish, into arabic, into hindi, into swedish, to english, "
              "to german, to french, to spanish, to italian, to japanese, to chinese, "
              "ins englische, ins deutsche, ins französische, auf englisch, auf deutsch, "
              "auf französisch, auf spanisch, en anglais, en français, en allemand, en espagnol, "
              "al inglés, al español, al francés, al alemán, in inglese, in italiano, "
              "para inglês, para português, naar engels, in het"),
    ),
    "summarising": (
        (5.0, "summarise, summarize, summarising, summarizing, summary, summaries, tldr, "
              "zusammenfassung, zusammenfassen, zusammen fassen, résume, résumer, résumez, "
              "résumé, resumen, resume, resumir, resuma, resúmeme, resumo, riassumi, "
              "riassumere, riassunto, samenvatting, vat samen, sammanfatta, streść, "
              "podsumuj, özetle, резюмируй, суммируй, обобщи, кратко изложи, підсумуй, "
              "condense, recap, synopsis, abstract of"),
        (3.0, "fasse, key points, main points, main ideas, key takeaways, takeaways, "
              "wichtigsten punkte, points clés, puntos clave, ideas principales, punti chiave, "
              "shorten, boil down, sum up, samen, a nutshell"),
    ),
    "extraction": (
        (4.5, "extract, extracting, extraction, extrahiere, extrahieren, extrais, extraire, "
              "extrayez, extrae, extraer, estrai, estrarre, extraia, extrair, extraheer, "
              "извлеки, извлечь, выдели, classify, categorize, categorise, klassifiziere, "
              "klassifizieren, classifie, classifier, classifiez, clasifica, clasificar, "
              "classifica, classifique, classificeer, классифицируй"),
        (3.0, "sentiment, pull out, find all, list all, list every, which category, stimmung, "
              "named entities, entities, entités, entidades, intent, spam, identify all, "
              "tag each, label each, label the, gefühl"),
        (1.5, "invoice, receipt, rechnung, facture, factura, resume below, email addresses, "
              "phone numbers, mentioned, occurrences"),
    ),
    "code": (
        (4.0, "refactor, debug, compile, docstring, regex, regexp, python, javascript, "
              "typescript, golang, kotlin, bash, dockerfile, kubernetes, django, "
              "pytest, unittest, codebase, stacktrace, traceback, segfault, "
              "sql, postgres, postgresql, css, html, numpy, async, "
              "programm, programme, skript, código, codice, программу, скрипт, "
              "код, функцию, leetcode, unit test, unit tests, pull request"),
        (3.0, "code, coding, implement, implementiere, implementa, implémente, program, "
              "function that, function to, write function, method that, class that, script, "
              "script that, algorithm, api endpoint, rest api, bug, stack trace, git, "
              "null pointer, type error, funktion, fonction, función, funzione, função, functie, "
              "compiler, haskell, scala, swift, java, rust, typeerror, valueerror, react"),
        (1.2, "function, class, method, array, string, endpoint, thread, library, loop, "
              "variable, exception, recursion, query, database, server, commit, patch, rename"),
    ),
    "mathematics": (
        (4.0, "calculate, compute, solve for, solve the, equation, equations, integral, "
              "derivative, "
              "differentiate, integrate, factorise, factorize, theorem, eigenvalue, "
              "eigenvalues, polynomial, berechne, berechnen, gleichung, ableitung, "
              "calcule, calculer, calculez, résoudre, équation, dérivée, intégrale, "
              "calcula, calcular, resolver, ecuación, derivada, calcola, calcolare, "
              "equazione, derivata, equação, bereken, vergelijking, "
              "räkna, oblicz, hesapla, вычисли, вычислите, уравнение, "
              "посчитай, обчисли, prove that, beweise, démontre, demuestra, dimostra, докажи"),
        (2.5, "solve, löse, résous, resuelve, risolvi, resolva, los op, реши, решите, "
              "how much, how many, wie viel, wie viele, wieviel, combien, cuántos, cuántas, "
              "cuánto, cuánta, quanti, quante, quanto, quantos, quantas, hoeveel, ile, "
              "сколько, probability, wahrscheinlichkeit, probabilité, probabilidad, probabilità, "
              "value of, real numbers, arithmetic sequence, arithmetic series, slope, "
              "largest possible, smallest possible, total number, in total, price of, domain of, "
              "percent, percentage, prozent, wurzel, matrix, modulo, remainder, sum of, "
              "product of, square root, prime, primes, proof, prove, lemma, cosine, sine, "
              "logarithm, determinant, perimeter, area of, triangle, vectors, divisible"),
        (1.0, "total, average, ratio, twice, each, per, altogether, insgesamt, dozen, cost, costs"),
    ),
    "reasoning": (
        (4.0, "puzzle, riddle, logic puzzle, deduce, logical, logically, syllogism, rätsel, "
              "schlussfolgere, énigme, acertijo, indovinello, enigma, raadsel, загадка, "
              "premise, premises, knights, knaves, liar, paradox, fallacy, "
              "step by, trade-offs, tradeoffs, pros and, root cause, counterfactual, "
              "thought experiment, game theory"),
        (2.5, "reason, reasoning, analyse, analyze, analysiere, analizza, "
              "analiza, analisa, argue, evaluate, assess, justify, infer, conclude, follows, "
              "compare, contrast, vergleiche, comparer, compara, confronta, vergelijk, "
              "strategy, implications, critique, versus, should we, decide whether, "
              "consequences, hypothesis, проанализируй, сравни, begründe, abwägen"),
        (1.2, "why, warum, weshalb, pourquoi, perché, waarom, почему, por qué, neden, dlaczego, "
              "explain why, oldest, youngest, left of, right of, either, neither, possible"),
    ),
    "writing": (
        (4.0, "poem, poems, haiku, limerick, sonnet, story, stories, essay, letter, "
              "blog, article about, slogan, tagline, lyrics, song, speech, toast, "
              "screenplay, novel, fairy tale, cover letter, press release, newsletter, "
              "gedicht, geschichte, aufsatz, brief an, rede, märchen, liedtext, "
              "poème, histoire, lettre, dissertation, rédige, rédiger, poema, cuento, carta, "
              "ensayo, redacta, redactar, poesia, racconto, lettera, saggio, conto, "
              "verhaal, dikt, wiersz, opowiadanie, şiir, стих, стихотворение, "
              "рассказ, письмо, сочинение, вірш, paraphrase, proofread, rephrase, reword"),
        (3.0, "an email, email to, draft, compose, rewrite, write about, creative, "
              "verfasse, formuliere, umformulieren, reformule, reescribe, riscrivi, herschrijf, "
              "description for, product description, caption, tweet, linkedin, birthday, "
              "congratulations, more formal, more polite, improve the, grammar, tone"),
        (1.5, "write, writing, schreibe, schreib, écris, écrire, écrivez, escribe, escribir, "
              "escreva, scrivi, scrivere, schrijf, skriv, napisz, yaz, напиши, написать, email, "
              "brainstorm, invent, imagine"),
    ),
    "data": (
        (4.0, "csv, spreadsheet, excel, dataset, dataframe, pandas, pivot, datensatz, tabelle, "
              "tableau croisé, jeu de, hoja de, foglio di, planilha, tabel, таблица, таблицу, "
              "таблице, histogram, scatter, outliers, time series, correlation, regression, "
              "group by, chart, bar chart, json below, tsv, parquet"),
        (2.5, "table, column, columns, rows, row, spalte, spalten, zeilen, colonne, colonnes, "
              "columna, columnas, filas, colonna, righe, coluna, linhas, median, "
              "mean, per month, per region, by region, by month, revenue, quarterly, trend, "
              "sort the, statistics, aggregate, average of, standard deviation, anomalies"),
    ),
    "chat": (
        (3.0, "hi, hello, hey, thanks, thank you, good morning, good evening, how are, are you, "
              "hallo, danke, guten morgen, guten tag, wie geht, moin, servus, bonjour, salut, "
              "merci, ça va, hola, gracias, buenos días, qué tal, ciao, grazie, buongiorno, "
              "come stai, olá, oi, obrigado, obrigada, bom dia, tudo bem, hoi, bedankt, hej, "
              "tack, cześć, dzięki, merhaba, teşekkürler, привет, спасибо, здравствуй, "
              "как дела, здравствуйте, bye, goodbye, goodnight, yes, no, ok, okay, cool, nice, "
              "great, lol, sure, ja, nein, oui, non, sí, weiter, continue, go on, a joke, "
              "i feel, i'm feeling, bored"),
    ),
    "multi-step": (
        (3.0, "and then, after that, then write, then explain, then translate, then summarize, "
              "then summarise, then list, then create, then give, finally write, first extract, "
              "first summarise, first summarize, first explain, first translate, first list, "
              "und dann, danach, zuerst, anschließend, et ensuite, puis, d'abord, ensuite, "
              "y luego, primero, después, e poi, prima, infine, depois, em seguida, "
              "en daarna, vervolgens, сначала, затем, потом, step plan, action plan, "
              "detailed plan, project plan, roadmap, migration plan, itinerary"),
        (1.0, "then, finally, next, zuletzt, schließlich, enfin, finalmente, ten slotte, наконец, "
              "plan, phases, milestones"),
    ),
    "question": (
        (2.0, "what is, what are, what was, who is, who was, who wrote, when did, when was, "
              "where is, capital of, was ist, was sind, wer ist, wer war, wann wurde, wo liegt, "
              "hauptstadt, qu'est-ce, qui est, quelle est, quel est, capitale, qué es, quién es, "
              "cuál es, capital de, che cos'è, cos'è, chi è, qual è, o que, quem foi, qual é, "
              "wat is, wie is, что такое, кто такой, столица, which of, vad är, co to, "
              "define, definition, meaning of, explain what, what does"),
        (1.0, "what, who, when, where, which, whose, was, wer, wann, wo, welche, welcher, quoi, "
              "qui, quand, où, quel, quelle, qué, quién, cuándo, dónde, cuál, cosa, chi, "
              "quando, dove, quale, quem, onde, qual, wat, wie, wanneer, waar, "
              "что, кто, когда, где, какой, какая, how, explain, erkläre, explique, spiega, "
              "describe, difference, tell me"),
    ),
}

# Parts of words, looked for where words are not separated or their endings vary.
PARTS: Mapping[Task, tuple[tuple[float, str], ...]] = {
    "translation": ((6.0, "翻译 翻譯 翻訳 訳して 译成 번역 अनुवाद ترجم แปล"),),
    "summarising": ((6.0, "总结 總結 概括 摘要 归纳 要約 まとめて 요약 सारांश لخص สรุป"),),
    "extraction": ((5.0, "提取 抽取 抽出 추출 分类 分類 분류 情感 استخرج निकाल"),),
    "code": (
        (5.0, "代码 代碼 函数 函數 编程 程序 脚本 コード 関数 プログラム "
              "코드 함수 프로그램 कोड برنامج"),
    ),
    "mathematics": (
        (5.0, "计算 計算 求解 方程 积分 导数 证明 証明 計算して 방정식 계산 증명 गणना احسب"),
        (3.0, "多少 几个 幾個 いくつ いくら 何個 何人 何円 몇 얼마 कितने كم"),
    ),
    "reasoning": (
        (4.0, "推理 逻辑 邏輯 推論 論理 추론 논리 分析 比较 比較 분석 비교 तर्क حلل قارن"),
        (1.5, "为什么 為什麼 なぜ どうして 왜 क्यों لماذا"),
    ),
    "writing": (
        (5.0, "写一 写封 寫一 作文 诗 詩 故事 物語 書いて メール 手紙 "
              "이야기 써줘 편지 시를 कविता कहानी قصيدة قصة اكتب رسالة"),
    ),
    "data": ((5.0, "表格 数据 數據 データ 데이터 बيانات डेटा"),),
    "chat": (
        (4.0, "你好 谢谢 謝謝 早上好 こんにちは ありがとう おはよう "
              "안녕 고마워 감사 नमस्ते مرحبا شكرا"),
    ),
    "question": (
        (2.0, "什么是 是什么 什么 谁 哪里 首都 とは何 何ですか 誰 どこ "
              "무엇 누구 어디 수도 क्या कौन ماهي ماهو"),
    ),
    "multi-step": ((3.5, "然后 然後 接着 最后 それから 次に 最後に 그런 다음 마지막으로 ثم"),),
}
# fmt: on


def _index() -> dict[str, tuple[tuple[Task, float], ...]]:
    index: dict[str, tuple[tuple[Task, float], ...]] = {}
    for task, groups in _WORDS.items():
        for weight, words in groups:
            for word in words.split(", "):
                index[word] = (*index.get(word, ()), (task, weight))
    return index


CUES: Mapping[str, tuple[tuple[Task, float], ...]] = _index()
"""What each word or pair of words weighs, for which tasks."""

CUE_WORDS = frozenset(CUES)

PART_CUES: tuple[tuple[str, Task, float], ...] = tuple(
    (part, task, weight)
    for task, groups in PARTS.items()
    for weight, parts in groups
    for part in parts.split()
)
