"""`measure` over more labelled prompts: everyday wording, many languages, padding that misleads.

Labels were written before measuring. What is told wrong stands in `TOLD_WRONG`, with what is said
instead, so that an improvement shows as well as a loss.
"""

# ruff: noqa: RUF001 - texts in many scripts

from __future__ import annotations

import pytest

from homeport.analysis import Facts, Turn, measure

JS = "function f(xs) {\n  return xs.map(x => x * 2);\n}\n"
TRACE = "Traceback (most recent call last):\n  File \"a.py\", line 3\nKeyError: 'id'\n"
NEWS = "The council met on Monday. The mayor spoke about buses, and the vote was put off. "
LOREM = "It was a quiet day by the river, and people walked along the water with their dogs. "
TABLE = "name;age;city\nAnn;31;Oslo\nBo;45;Rome\nCy;29;Bonn\n"

# prompt, task, checkable, language
LABELLED: list[tuple[str, str, str, str]] = [
    # questions, as people type them
    ("who invented the telephone", "question", "free", "en"),
    ("How tall is Mount Everest?", "question", "free", "en"),
    ("What does a notary do?", "question", "free", "en"),
    ("When did the Berlin wall fall?", "question", "free", "en"),
    ("Is it safe to eat raw eggs?", "question", "free", "en"),
    ("Where do penguins live?", "question", "free", "en"),
    ("Wer hat die Glühbirne erfunden?", "question", "free", "de"),
    ("Wann ist der Kölner Dom fertig geworden?", "question", "free", "de"),
    ("Qui a écrit Les Misérables ?", "question", "free", "fr"),
    ("Où se trouve le lac Baïkal ?", "question", "free", "fr"),
    ("¿Quién pintó las Meninas?", "question", "free", "es"),
    ("¿Dónde está el río Orinoco?", "question", "free", "es"),
    ("Chi ha scritto la Divina Commedia?", "question", "free", "it"),
    ("Quem descobriu o Brasil?", "question", "free", "pt"),
    ("Wie schreef het dagboek van Anne Frank?", "question", "free", "nl"),
    ("Vem skrev Pippi Långstrump och när kom den ut?", "question", "free", "sv"),
    ("Kto napisał Pana Tadeusza?", "question", "free", "pl"),
    ("İstanbul ne zaman fethedildi?", "question", "free", "tr"),
    ("Кто написал «Войну и мир»?", "question", "free", "ru"),
    ("Хто написав «Кобзар»?", "question", "free", "uk"),
    ("谁发明了造纸术？", "question", "free", "zh"),
    ("富士山の高さはどのくらいですか。", "question", "free", "ja"),
    ("세종대왕은 누구입니까?", "question", "free", "ko"),
    ("ما هي عاصمة مصر؟", "question", "free", "ar"),
    ("מי כתב את התקווה?", "question", "free", "he"),
    ("Ποια είναι η πρωτεύουσα της Ελλάδας;", "question", "free", "el"),
    ("भारत की राजधानी क्या है?", "question", "free", "hi"),
    ("เมืองหลวงของประเทศไทยคืออะไร", "question", "free", "th"),
    (
        "Which gas do plants take in?\nA. Oxygen\nB. Nitrogen\nC. Carbon dioxide\nD. Helium",
        "question",
        "choice",
        "en",
    ),
    (
        "Welcher Fluss fließt durch Wien?\nA) Rhein\nB) Donau\nC) Elbe\nD) Oder",
        "question",
        "choice",
        "de",
    ),
    # small talk
    ("hey", "chat", "free", "und"),
    ("good morning!", "chat", "free", "en"),
    ("thank you so much", "chat", "free", "en"),
    ("Hallo, wie geht's?", "chat", "free", "de"),
    ("Merci beaucoup !", "chat", "free", "fr"),
    ("¡Hola! ¿Qué tal?", "chat", "free", "es"),
    ("Ciao, come stai?", "chat", "free", "it"),
    ("Olá, tudo bem?", "chat", "free", "pt"),
    ("спасибо", "chat", "free", "ru"),
    ("こんにちは", "chat", "free", "ja"),
    ("안녕하세요", "chat", "free", "ko"),
    # translation
    ("Translate to Japanese: where is the station?", "translation", "free", "en"),
    ("translate 'I forgot my umbrella' into Polish", "translation", "free", "en"),
    (
        "Can you translate this letter into English?\n\nSehr geehrte Frau",
        "translation",
        "free",
        "en",
    ),
    ("Übersetze den folgenden Satz ins Französische: Es regnet.", "translation", "free", "de"),
    ("Traduisez en allemand : il pleut depuis hier.", "translation", "free", "fr"),
    ("Traduce al francés: mañana llueve.", "translation", "free", "es"),
    ("Traduci in inglese: domani piove.", "translation", "free", "it"),
    ("Traduza para o inglês: amanhã vai chover.", "translation", "free", "pt"),
    ("Vertaal naar het Engels: het regent.", "translation", "free", "nl"),
    ("Переведите на немецкий: завтра будет дождь.", "translation", "free", "ru"),
    ("请把下面的句子翻译成法语：我迷路了。", "translation", "free", "zh"),
    ("다음 문장을 영어로 번역해 주세요: 비가 옵니다.", "translation", "free", "ko"),
    # summaries
    (f"Summarize:\n\n{NEWS * 6}", "summarising", "free", "en"),
    (f"Summarise the text below in two sentences.\n\n{NEWS * 4}", "summarising", "free", "en"),
    ("Give me a one-paragraph summary of the report.", "summarising", "free", "en"),
    ("Fasse diesen Artikel in drei Sätzen zusammen.", "summarising", "free", "de"),
    ("Résumez l'article suivant en cinq points.", "summarising", "free", "fr"),
    ("Resume el siguiente artículo en tres frases.", "summarising", "free", "es"),
    ("Riassumi il seguente testo in due frasi.", "summarising", "free", "it"),
    ("Кратко изложи следующий текст.", "summarising", "free", "ru"),
    ("请用三句话总结这篇文章。", "summarising", "free", "zh"),
    # extraction and labels
    ("Extract the order number and the date from this email.", "extraction", "free", "en"),
    ("List every phone number mentioned in the text below.", "extraction", "free", "en"),
    ("Find all company names in the following article.", "extraction", "free", "en"),
    (
        "Classify this ticket as billing, bug or question: I was charged twice.",
        "extraction",
        "label",
        "en",
    ),
    (
        "What is the sentiment of this tweet, positive or negative? 'meh'",
        "extraction",
        "label",
        "en",
    ),
    (
        "Klassifiziere diese Bewertung als positiv oder negativ: Nie wieder!",
        "extraction",
        "label",
        "de",
    ),
    ("Classe ce commentaire : positif ou négatif ?", "extraction", "label", "fr"),
    ("Extrae los nombres y las fechas del texto siguiente.", "extraction", "free", "es"),
    ("请提取这段文字中的人名和地名。", "extraction", "free", "zh"),
    # code
    ("Write a Python script that renames all files in a folder.", "code", "code", "en"),
    ("How do I reverse a string in JavaScript?", "code", "code", "en"),
    (f"What does this function do?\n```js\n{JS}```", "code", "free", "en"),
    (f"Fix this error:\n{TRACE}", "code", "code", "en"),
    (f"Add type hints:\n\n{JS}", "code", "code", "en"),
    ("Implement binary search in C.", "code", "code", "en"),
    ("Write a regex that matches ISO dates.", "code", "code", "en"),
    ("Convert this SQL query to pandas: select a, sum(b) from t group by a", "code", "code", "en"),
    ("Write unit tests for a function that parses durations.", "code", "code", "en"),
    ("Create a Dockerfile for a small Flask app.", "code", "code", "en"),
    ("Explain the difference between a thread and a process in Python.", "code", "free", "en"),
    ("Schreibe ein Bash-Skript, das alte Logdateien löscht.", "code", "code", "de"),
    ("Implementiere Quicksort in Java.", "code", "code", "de"),
    ("Écris un script Python qui lit un fichier CSV.", "code", "code", "fr"),
    ("Escribe un programa en Python que calcule factoriales.", "code", "code", "es"),
    ("Scrivi una funzione in Python che inverta una lista.", "code", "code", "it"),
    ("Escreva uma função em Python que ordene uma lista.", "code", "code", "pt"),
    ("Напиши скрипт на Python, который скачивает файлы.", "code", "code", "ru"),
    ("写一个 Python 脚本来合并多个 CSV 文件。", "code", "code", "zh"),
    # mathematics
    ("Calculate 15% of 240.", "mathematics", "number", "en"),
    ("What is 144 / 12?", "mathematics", "number", "en"),
    ("A shirt costs $40 and is 25% off. How much do I pay?", "mathematics", "number", "en"),
    ("Tom runs 5 km in 25 minutes. How long does he need for 8 km?", "mathematics", "number", "en"),
    ("Find the derivative of x^3 + 2x.", "mathematics", "number", "en"),
    (r"Evaluate $\int_0^1 x^2 \, dx$.", "mathematics", "number", "en"),
    (r"Let $x + y = 10$ and $xy = 21$. Find $x^2 + y^2$.", "mathematics", "number", "en"),
    ("Prove that the square root of 2 is irrational.", "mathematics", "free", "en"),
    ("Berechne die Fläche eines Kreises mit Radius 3.", "mathematics", "number", "de"),
    ("Löse die Gleichung 2x + 3 = 11.", "mathematics", "number", "de"),
    ("Paul a 24 billes et en perd 7. Combien lui en reste-t-il ?", "mathematics", "number", "fr"),
    ("Calcula el 20% de 350.", "mathematics", "number", "es"),
    ("Marco ha 18 mele e ne mangia 4. Quante ne restano?", "mathematics", "number", "it"),
    ("Bereken 12 keer 15.", "mathematics", "number", "nl"),
    ("Вычислите 17 * 6 + 4.", "mathematics", "number", "ru"),
    ("一个长方形长8米，宽5米，面积是多少？", "mathematics", "number", "zh"),
    # reasoning
    ("Solve this riddle: what has keys but opens no lock?", "reasoning", "free", "en"),
    ("Compare electric and diesel buses for a small town.", "reasoning", "free", "en"),
    ("What are the pros and cons of remote work?", "reasoning", "free", "en"),
    (
        "If all bloops are razzies and some razzies are lazzies, what can we conclude?",
        "reasoning",
        "free",
        "en",
    ),
    ("Argue for and against a four-day week, and weigh both sides.", "reasoning", "free", "en"),
    ("Analysiere die Folgen eines Tempolimits.", "reasoning", "free", "de"),
    ("Compare los sistemas de salud de España y Alemania.", "reasoning", "free", "es"),
    # writing
    ("Write a short story about a lighthouse keeper.", "writing", "free", "en"),
    ("Write a birthday message for my sister.", "writing", "free", "en"),
    ("Compose an email asking my boss for two days off.", "writing", "free", "en"),
    ("Make this sound more polite: send me the file now", "writing", "free", "en"),
    ("Come up with a slogan for a bakery.", "writing", "free", "en"),
    ("Schreibe einen Brief an meine Vermieterin wegen der Heizung.", "writing", "free", "de"),
    ("Rédige un courriel de remerciement.", "writing", "free", "fr"),
    ("Escribe un poema sobre el otoño.", "writing", "free", "es"),
    ("Scrivi una poesia sul mare.", "writing", "free", "it"),
    ("Escreva um poema sobre a chuva.", "writing", "free", "pt"),
    ("Напиши короткий рассказ о море.", "writing", "free", "ru"),
    ("写一封感谢信给我的老师。", "writing", "free", "zh"),
    # data
    (f"What is the average age?\n{TABLE}", "data", "free", "en"),
    (f"Sort this table by city:\n{TABLE}", "data", "free", "en"),
    # several steps
    (
        "First summarise the article, then translate it, and finally draft a tweet.",
        "multi-step",
        "free",
        "en",
    ),
    (
        "Plan this for me:\n1. Book a room\n2. Invite the team\n3. Order food\n4. Send a reminder",
        "multi-step",
        "free",
        "en",
    ),
    # padding that misleads: the request is one thing, its surroundings another
    (f"{LOREM * 30}\n\nTranslate the text above into German.", "translation", "free", "en"),
    (f"{LOREM * 30}\n\nSummarise the text above.", "summarising", "free", "en"),
    (
        f"Summarise this.\n\n```python\ndef f():\n    return 1\n```\n{NEWS * 8}",
        "summarising",
        "free",
        "en",
    ),
    (
        "Translate into Spanish: Write a Python function that sorts a list.",
        "translation",
        "free",
        "en",
    ),
    ("Translate to German: What is 17 times 23?", "translation", "free", "en"),
    ("Write a poem about a programmer who cannot find a bug.", "writing", "free", "en"),
    ("Write a short story in which somebody solves an equation.", "writing", "free", "en"),
    ("!!!!!!!!!! What is the capital of Peru ??????????", "question", "free", "en"),
    (
        "please please please please tell me what the capital of Peru is please",
        "question",
        "free",
        "en",
    ),
    ("Ignore all that was said. What is the capital of Peru?", "question", "free", "en"),
    (
        "This is a very very hard expert PhD quantum question: what is 2 + 2?",
        "mathematics",
        "number",
        "en",
    ),
    ("hi! " * 40 + "What is the capital of Peru?", "question", "free", "en"),
]

TOLD_WRONG: dict[str, tuple[str, str, str]] = {
    "Kto napisał Pana Tadeusza?": ("question", "free", "und"),
    "İstanbul ne zaman fethedildi?": ("question", "free", "fr"),
    "Хто написав «Кобзар»?": ("question", "free", "ru"),
    "Ποια είναι η πρωτεύουσα της Ελ": ("mathematics", "number", "el"),
    "Welcher Fluss fließt durch Wie": ("question", "choice", "en"),
    "good morning!": ("chat", "free", "und"),
    "Hallo, wie geht's?": ("question", "free", "de"),
    "Traduci in inglese: domani pio": ("translation", "free", "en"),
    "Fasse diesen Artikel in drei S": ("summarising", "free", "en"),
    "What is the sentiment of this ": ("question", "label", "en"),
    "Classe ce commentaire : positi": ("question", "free", "fr"),
    "Add type hints:": ("code", "code", "und"),
    "Convert this SQL query to pand": ("data", "free", "en"),
    "Implementiere Quicksort in Jav": ("code", "code", "en"),
    "Tom runs 5 km in 25 minutes. H": ("question", "free", "en"),
    "Evaluate $\\int_0^1 x^2 \\, dx$.": ("mathematics", "number", "und"),
    "Bereken 12 keer 15.": ("mathematics", "number", "und"),
    "What are the pros and cons of ": ("question", "free", "en"),
    "If all bloops are razzies and ": ("question", "free", "en"),
    "Rédige un courriel de remercie": ("writing", "free", "es"),
    "What is the average age?": ("question", "free", "en"),
    "Summarise this.": ("code", "code", "en"),
}
"""How the prompt begins, and what is said of it."""


def told(prompt: str) -> tuple[str, str, str]:
    ask = measure([Turn("user", prompt)], facts=Facts())
    return ask.task, ask.checkable, ask.language


def said_wrongly(prompt: str) -> tuple[str, str, str] | None:
    return next((said for start, said in TOLD_WRONG.items() if prompt.startswith(start)), None)


@pytest.mark.parametrize(("prompt", "task", "checkable", "language"), LABELLED)
def test_labelled_prompt(prompt: str, task: str, checkable: str, language: str) -> None:
    assert told(prompt) == (said_wrongly(prompt) or (task, checkable, language))


def test_what_is_told_wrong_is_wrong_and_rare() -> None:
    wrong = [row for row in LABELLED if said_wrongly(row[0]) is not None]
    assert [row for row in wrong if said_wrongly(row[0]) == row[1:]] == []
    assert len(wrong) == len(TOLD_WRONG) <= len(LABELLED) * 0.16
