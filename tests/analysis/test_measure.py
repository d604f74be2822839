"""`measure` as a whole: a table of labelled prompts, and properties over any text."""

# ruff: noqa: RUF001 - texts in many scripts

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from homeport.analysis import Facts, Turn, estimate_tokens, measure
from homeport.policies.model import Ask

CALM = settings(deadline=None)

NUMBERS = "Sam has 3 boxes with 12 pens each and gives away 7 pens. How many pens are left?"
CSV = "month,region,revenue\nJan,north,120\nJan,south,90\nFeb,north,140\nFeb,south,80"
PYTHON = "def f(xs):\n    out = []\n    for x in xs:\n        out.append(x * 2)\n    return out\n"

# prompt, task, checkable, language
LABELLED: list[tuple[str, str, str, str]] = [
    # questions
    ("What is the capital of Australia?", "question", "free", "en"),
    ("Who wrote the novel Frankenstein, and when was it published?", "question", "free", "en"),
    ("when is the second episode of before the storm coming out", "question", "free", "en"),
    ("Was ist die Hauptstadt von Australien?", "question", "free", "de"),
    ("Quelle est la capitale de la Mongolie ?", "question", "free", "fr"),
    ("¿Cuál es la capital de Australia?", "question", "free", "es"),
    ("Qual è la capitale della Nuova Zelanda?", "question", "free", "it"),
    ("Qual é a capital de Moçambique?", "question", "free", "pt"),
    ("Wat is de hoofdstad van Canada?", "question", "free", "nl"),
    ("Какая столица у Австралии?", "question", "free", "ru"),
    ("日本の首都はどこですか。", "question", "free", "ja"),
    ("澳大利亚的首都是什么？", "question", "free", "zh"),
    ("호주의 수도는 어디입니까?", "question", "free", "ko"),
    (
        "Which planet is the largest?\n(A) Mars\n(B) Venus\n(C) Jupiter\n(D) Earth",
        "question",
        "choice",
        "en",
    ),
    # small talk
    ("hi", "chat", "free", "en"),
    ("Hello! How are you today?", "chat", "free", "en"),
    ("Guten Morgen! Wie geht es dir?", "chat", "free", "de"),
    ("Bonjour, ça va ?", "chat", "free", "fr"),
    ("Gracias, muy amable", "chat", "free", "es"),
    ("Привет! Как дела?", "chat", "free", "ru"),
    ("你好", "chat", "free", "zh"),
    ("thanks, that was great", "chat", "free", "en"),
    # translation
    ("Translate into French: How many apples are left in the basket?", "translation", "free", "en"),
    (
        "Please translate the following email to German.\n\nDear Anna, …",
        "translation",
        "free",
        "en",
    ),
    (f"Translate the comments of this code into Spanish:\n{PYTHON}", "translation", "free", "en"),
    ("Übersetze bitte ins Englische: Der Hund schläft.", "translation", "free", "de"),
    ("Traduis en anglais : je voudrais un café.", "translation", "free", "fr"),
    ("Traduce al inglés: ¿dónde está la estación?", "translation", "free", "es"),
    ("Переведи на английский: собака спит.", "translation", "free", "ru"),
    ("把这句话翻译成英文：今天天气很好。", "translation", "free", "zh"),
    ("次の文を英語に翻訳してください。今日はいい天気です。", "translation", "free", "ja"),
    ("How do you say 'good luck' in Italian?", "translation", "free", "en"),
    # summaries
    ("Summarise this article in three bullet points:\n\nThe council…", "summarising", "free", "en"),
    ("tldr: " + "The committee met and nothing was decided. " * 20, "summarising", "free", "en"),
    ("Give me the key takeaways of the meeting notes below.", "summarising", "free", "en"),
    ("Fasse den folgenden Text zusammen: Der Rat …", "summarising", "free", "de"),
    ("Résume ce texte en deux phrases : Le conseil …", "summarising", "free", "fr"),
    ("Haz un resumen de este texto: El consejo …", "summarising", "free", "es"),
    ("请总结以下文章的主要内容。", "summarising", "free", "zh"),
    ("次の文章を要約してください。", "summarising", "free", "ja"),
    # extraction and labels
    ("Extract all email addresses from this text: a@b.c, d@e.f", "extraction", "free", "en"),
    (
        "Classify the sentiment of this review as positive or negative: I loved it.",
        "extraction",
        "label",
        "en",
    ),
    ("Is this message spam or not spam? 'You won a prize!'", "extraction", "label", "en"),
    ("Extrahiere alle Namen und Daten aus dieser Rechnung.", "extraction", "free", "de"),
    ("Extrais tous les noms propres de ce texte.", "extraction", "free", "fr"),
    ("List all people mentioned in the following paragraph.", "extraction", "free", "en"),
    ("从下面的文字中提取所有日期。", "extraction", "free", "zh"),
    # code
    ("Write a Python function that reverses a linked list.", "code", "code", "en"),
    ("Write a function to find the nth polite number.", "code", "code", "en"),
    (f"Why is this slow and how do I fix it?\n```python\n{PYTHON}```", "code", "code", "en"),
    (f"Refactor this:\n\n{PYTHON}", "code", "code", "en"),
    (
        "I get TypeError: 'NoneType' object is not iterable in my Django view, what is wrong?",
        "code",
        "code",
        "en",
    ),
    (f"Explain what this code does:\n{PYTHON}", "code", "free", "en"),
    ("Schreibe eine Python-Funktion, die Primzahlen findet.", "code", "code", "de"),
    ("Écris une fonction JavaScript qui trie un tableau.", "code", "code", "fr"),
    ("Escribe una función en Python que ordene una lista.", "code", "code", "es"),
    ("Напиши функцию на Python, которая сортирует список.", "code", "code", "ru"),
    ("用Python写一个函数，判断一个数是否为素数。", "code", "code", "zh"),
    ("Pythonで素数を判定する関数を書いてください。", "code", "code", "ja"),
    ("Write a SQL query for the ten best customers of each month.", "code", "code", "en"),
    ("Implement a thread-safe LRU cache in Rust with unit tests.", "code", "code", "en"),
    # mathematics
    (NUMBERS, "mathematics", "number", "en"),
    ("What is 17 * 23?", "mathematics", "number", "en"),
    ("Solve for x: 3x + 7 = 22", "mathematics", "number", "en"),
    ("Compute the integral of x^2 sin(x) dx from 0 to 1.", "mathematics", "number", "en"),
    (
        r"Let $a_n$ satisfy $a_{n+1} = \frac{a_n}{2} + 3$. Find $\lim a_n$.",
        "mathematics",
        "number",
        "en",
    ),
    ("Prove that there are infinitely many primes.", "mathematics", "free", "en"),
    (
        "Anna hat 12 Äpfel und gibt 5 ab. Wie viele Äpfel hat sie noch?",
        "mathematics",
        "number",
        "de",
    ),
    (
        "Un train roule à 80 km/h pendant 3 heures. Combien de kilomètres ?",
        "mathematics",
        "number",
        "fr",
    ),
    ("Ana tiene 15 manzanas y regala 4. ¿Cuántas le quedan?", "mathematics", "number", "es"),
    ("У Маши 12 яблок, она отдала 5. Сколько яблок осталось?", "mathematics", "number", "ru"),
    ("小明有12个苹果，送给朋友5个，还剩多少个？", "mathematics", "number", "zh"),
    ("りんごが12個あります。5個食べました。残りはいくつですか。", "mathematics", "number", "ja"),
    # reasoning
    (
        "A logic puzzle: Ann is taller than Bob, Bob is taller than Cid. Who is the shortest?",
        "reasoning",
        "free",
        "en",
    ),
    (
        "Analyse the trade-offs between a monolith and small services for a team of four.",
        "reasoning",
        "free",
        "en",
    ),
    (
        "On an island of knights and knaves, A says that B is a liar. What can you deduce?",
        "reasoning",
        "free",
        "en",
    ),
    ("Vergleiche die Vor- und Nachteile von Wärmepumpe und Gasheizung.", "reasoning", "free", "de"),
    ("Löse dieses Rätsel: Drei Türen, ein Wächter lügt.", "reasoning", "free", "de"),
    ("Compare the causes of the two world wars and evaluate them.", "reasoning", "free", "en"),
    # writing
    ("Write a haiku about autumn.", "writing", "free", "en"),
    ("Draft a polite email to my landlord about the broken heating.", "writing", "free", "en"),
    ("Rewrite this paragraph in a more formal tone: we kinda like it", "writing", "free", "en"),
    ("Schreibe ein Gedicht über den Herbst.", "writing", "free", "de"),
    ("Écris un poème sur la mer.", "writing", "free", "fr"),
    ("Escribe un cuento corto sobre un dragón.", "writing", "free", "es"),
    ("Напиши стихотворение о весне.", "writing", "free", "ru"),
    ("写一首关于秋天的诗。", "writing", "free", "zh"),
    ("가을에 대한 시를 써줘.", "writing", "free", "ko"),
    # data
    (f"Which region had the highest average revenue?\n{CSV}", "data", "free", "en"),
    ("Make a pivot table of revenue per region from my spreadsheet.", "data", "free", "en"),
    ("Erstelle aus dieser Tabelle eine Statistik je Spalte.", "data", "free", "de"),
    # several steps
    (
        "First extract the names from the text, then translate them, and then write a letter to "
        "each of them.",
        "multi-step",
        "free",
        "en",
    ),
    (
        "Please do this:\n1. Summarise the report\n2. List open questions\n3. Draft an email to "
        "the team\n4. Plan the next meeting",
        "multi-step",
        "free",
        "en",
    ),
    ("Make a detailed project plan with phases for moving our office.", "multi-step", "free", "en"),
]


def ask_of(text: str, **facts: object) -> Ask:
    return measure([Turn("user", text)], facts=Facts(**facts))  # type: ignore[arg-type]


@pytest.mark.parametrize(("prompt", "task", "checkable", "language"), LABELLED)
def test_labelled_prompt(prompt: str, task: str, checkable: str, language: str) -> None:
    ask = ask_of(prompt)
    assert (ask.task, ask.checkable, ask.language) == (task, checkable, language)


PARAPHRASES = [
    (
        "Write a Python function that reverses a linked list.",
        "Could you please write me a function in Python which reverses a linked list? Thanks!",
    ),
    (
        "What is the capital of Australia?",
        "Hello, can you tell me what the capital of Australia is?",
    ),
    (NUMBERS, "Hi there! " + NUMBERS + " Thank you very much in advance."),
    (
        "Summarise the article below in one paragraph.",
        "Please give me a summary of the article below, in one paragraph.",
    ),
    (
        "Translate this to German: I am late.",
        "Please could you translate this into German: I am late.",
    ),
    ("Write a haiku about autumn.", "I would like you to write a haiku about autumn, please."),
]


@pytest.mark.parametrize(("plain", "polite"), PARAPHRASES)
def test_courtesy_changes_neither_task_nor_level(plain: str, polite: str) -> None:
    one, other = ask_of(plain), ask_of(polite)
    assert (one.task, one.checkable) == (other.task, other.checkable)
    assert abs(one.difficulty - other.difficulty) <= 5


def test_repetition_adds_no_difficulty() -> None:
    once = ask_of("Explain how a bicycle stays upright. ")
    often = ask_of("Explain how a bicycle stays upright. " * 12)
    assert abs(once.difficulty - often.difficulty) <= 3


@pytest.mark.parametrize(
    ("easier", "harder"),
    [
        ("hi", "What is the capital of France?"),
        ("What is the capital of France?", "Compare the causes of the two world wars."),
        (
            "Write a function that adds two numbers.",
            "Design a fault-tolerant distributed payment ledger in Rust. It must handle concurrent "
            "transactions exactly once, without deadlock. Explain the isolation level.",
        ),
        ("What is 17 * 23?", r"Prove that every $f$ with $f(x+y) = f(x)f(y)$ is $e^{cx}$ or zero."),
        (
            "Write a haiku.",
            "Analyse the macroeconomic consequences of a wealth tax, and argue why.",
        ),
    ],
)
def test_harder_prompts_measure_harder(easier: str, harder: str) -> None:
    assert ask_of(easier).difficulty < ask_of(harder).difficulty


def test_the_last_turn_decides_and_the_system_message_helps() -> None:
    turns = [
        Turn("system", "You are a translator. Translate what the user says into French."),
        Turn("user", "The train leaves at nine."),
    ]
    assert measure(turns, facts=Facts()).task == "translation"
    turns += [Turn("assistant", "Le train part…"), Turn("user", "Write a Python script for that.")]
    assert measure(turns, facts=Facts()).task == "code"


def test_instructions_outweigh_their_material() -> None:
    material = "The function returns the average of each column in the table. " * 120
    assert ask_of(f"Summarise this text.\n\n{material}").task == "summarising"
    assert ask_of(f"{material}\n\nTranslate the text above into Dutch.").task == "translation"


def test_facts_reach_the_ask() -> None:
    ask = ask_of(
        "What is on these pictures?",
        tools=2,
        tools_bytes=900,
        images=1,
        response_format="json_schema",
        schema_bytes=300,
        logprobs=True,
        stream=True,
        max_tokens=50,
        model="ollama/qwen3:8b",
        mode="balanced",
        private=True,
        max_cost_nano=5,
        deadline_ms=1_000,
        session="s",
        client="c",
        tags=("t",),
        urgency="batch",
    )
    assert ask.task == "agent"
    assert ask.needs == ("images", "json_schema", "logprobs", "tools")
    assert ask.checkable == "json"
    assert (ask.streams, ask.privacy, ask.urgency) == (True, "private", "batch")
    assert (ask.requested_model, ask.mode) == ("ollama/qwen3:8b", "balanced")
    assert (ask.max_cost_nano, ask.deadline_ms, ask.max_tokens) == (5, 1_000, 50)
    assert (ask.session, ask.client, ask.tags) == ("s", "c", ("t",))
    assert ask.output_tokens <= 50
    assert ask.input_tokens_bound > 50_000


def test_no_turns_at_all_is_still_an_ask() -> None:
    ask = measure([], facts=Facts())
    assert ask.input_tokens > 0
    assert ask.language == "und"


ROLES = st.sampled_from(["system", "user", "assistant", "tool", "developer"])
ANY_TEXT = st.text(alphabet=st.characters(), max_size=300) | st.sampled_from(
    [row[0] for row in LABELLED]
)
TURNS = st.lists(st.builds(Turn, ROLES, ANY_TEXT), max_size=5)
FACTS = st.builds(
    Facts,
    tools=st.integers(0, 40),
    images=st.integers(0, 9),
    response_format=st.sampled_from(["text", "json", "json_schema"]),
    schema_bytes=st.integers(0, 10_000),
    tools_bytes=st.integers(0, 100_000),
    max_tokens=st.none() | st.integers(1, 100_000),
    input_by_reference=st.booleans(),
)


@CALM
@given(TURNS, FACTS)
def test_any_text_is_measured_the_same_each_time(turns: list[Turn], facts: Facts) -> None:
    ask = measure(turns, facts=facts)
    assert ask == measure(list(turns), facts=facts)
    assert 0 <= ask.difficulty <= 100
    assert ask.input_tokens_bound >= ask.input_tokens >= 1
    assert ask.output_tokens >= 1
    assert list(ask.needs) == sorted(set(ask.needs))
    assert msgspec.convert(msgspec.to_builtins(ask), Ask) == ask


@CALM
@given(TURNS, ANY_TEXT)
def test_more_turns_are_more_tokens(turns: list[Turn], text: str) -> None:
    shorter = measure(turns, facts=Facts())
    longer = measure([*turns, Turn("user", text)], facts=Facts())
    assert longer.input_tokens >= shorter.input_tokens + estimate_tokens(text)
    assert longer.input_tokens_bound > shorter.input_tokens_bound


@CALM
@given(st.text(min_size=1, max_size=40))
def test_the_ask_holds_no_text(secret: str) -> None:
    marked = f"zq{secret}qz is my password"
    assert marked not in repr(ask_of(marked))
    assert "password" not in repr(ask_of(marked))
