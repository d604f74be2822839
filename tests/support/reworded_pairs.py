"""Families of prompts: a thought in several wordings, and the thoughts that are its neighbours.

Two wordings of one thought say the same; any wording of one and any of its neighbour do not,
however alike they look. Written as people type, before the gates that are measured on them,
and halved by family: the gates are made on one half and measured on the other.

Longer than other modules: it is data.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

Pair = tuple[str, str, str]
"""Kind, one prompt, the other."""
Family = tuple[str, tuple[str, ...], tuple[tuple[str, ...], ...]]
"""Kind, wordings with gaps, and what may stand in the gaps: one thought each."""

MOST_HARD = 9
"""Pairs of neighbours of one family that are taken."""
MOST_SAME = 5
"""Pairs of wordings of one family that are taken."""

FAMILIES: tuple[Family, ...] = (
    (
        "arguments",
        (
            "What is the fastest way to get from {0} to {1}?",
            "What's the quickest way to get from {0} to {1}",
            "how do I get from {0} to {1} as fast as possible?",
        ),
        (("Lyon", "Nice"), ("Nice", "Lyon"), ("Lyon", "Nantes")),
    ),
    (
        "arguments",
        (
            "How do I convert {0} to {1}?",
            "what's the best way to convert {0} to {1}",
            "I want to convert {0} to {1}, how?",
        ),
        (("JSON", "YAML"), ("YAML", "JSON"), ("JSON", "XML")),
    ),
    (
        "arguments",
        (
            "Why did {0} attack {1}?",
            "Could you tell me why {0} attacked {1}?",
            "What made {0} attack {1}?",
        ),
        (("Athens", "Sparta"), ("Sparta", "Athens")),
    ),
    (
        "arguments",
        (
            "Is {0} bigger than {1}?",
            "is {0} larger than {1}",
            "Can you tell me whether {0} is larger than {1}?",
        ),
        (("Mars", "Venus"), ("Venus", "Mars"), ("Mars", "Mercury")),
    ),
    (
        "arguments",
        (
            "Write an email from {0} to {1} about the delay.",
            "I need an email from {0} to {1} about the delay",
            "Can you draft an email from {0} to {1} about the delay?",
        ),
        (("Ann", "Bob"), ("Bob", "Ann"), ("Ann", "Bea")),
    ),
    (
        "arguments",
        (
            "Translate the following from {0} into {1}: merci",
            "please translate this from {0} to {1}: merci",
            "Can you translate from {0} to {1}: merci",
        ),
        (("French", "Dutch"), ("Dutch", "French")),
    ),
    (
        "arguments",
        (
            "Replace {0} with {1} in this text: a b c",
            "Could you replace {0} with {1} in this text: a b c",
            "I need you to replace {0} with {1} in this text: a b c",
        ),
        (("commas", "dots"), ("dots", "commas"), ("commas", "dashes")),
    ),
    (
        "arguments",
        (
            "Does {0} depend on {1}?",
            "I'm wondering if {0} depends on {1}",
            "Do you know whether {0} depends on {1}?",
        ),
        (("inflation", "wages"), ("wages", "inflation")),
    ),
    (
        "prepositions",
        (
            "How do I sort a list {0} in Python?",
            "In Python, what's the best way to sort a list {0}?",
            "how to sort a list {0} using Python",
        ),
        (("by length",), ("by value",), ("in place",)),
    ),
    (
        "prepositions",
        (
            "Can I take this medicine {0} food?",
            "Is it OK to take this medicine {0} food?",
            "May I take this medicine {0} food?",
        ),
        (("with",), ("without",), ("instead of",)),
    ),
    (
        "prepositions",
        (
            "How do I merge my branch {0} main?",
            "What's the way to merge my branch {0} main?",
            "I would like to merge my branch {0} main. How do I do that?",
        ),
        (("into",), ("from",), ("without touching",)),
    ),
    (
        "prepositions",
        (
            "What flies {0} the clouds?",
            "Tell me what flies {0} the clouds.",
            "which things fly {0} the clouds",
        ),
        (("above",), ("below",), ("through",)),
    ),
    (
        "prepositions",
        (
            "Write a letter {0} my sister.",
            "I need a letter {0} my sister.",
            "Please help me write a letter {0} my sister",
        ),
        (("to",), ("about",), ("from",)),
    ),
    (
        "time",
        (
            "What should I do {0} a job interview?",
            "What are the things to do {0} a job interview?",
            "Give me tips on what to do {0} a job interview",
        ),
        (("before",), ("after",), ("during",)),
    ),
    (
        "time",
        (
            "Who was the president of France {0} de Gaulle?",
            "who was French president {0} de Gaulle",
            "Can you tell me who the president of France was {0} de Gaulle?",
        ),
        (("before",), ("after",), ("under",)),
    ),
    (
        "time",
        (
            "What {0} the rules for carry-on bags?",
            "Tell me what the rules for carry-on bags {0}.",
            "which rules {0} there for carry-on bags",
        ),
        (("are",), ("were",)),
    ),
    (
        "time",
        (
            "What happened in Berlin in {0}?",
            "tell me what happened in Berlin in {0}",
            "What were the events in Berlin in {0}?",
        ),
        (("1961",), ("1989",), ("1916",)),
    ),
    (
        "bounds",
        (
            "Give me {0} five ideas for a birthday party.",
            "I need {0} 5 birthday party ideas",
            "Can you come up with {0} five ideas for a birthday party?",
        ),
        (("at least",), ("at most",), ("exactly",)),
    ),
    (
        "bounds",
        (
            "What is the {0} temperature for storing wine?",
            "what's the {0} temperature to store wine",
            "I'd like to know the {0} temperature for storing wine.",
        ),
        (("minimum",), ("maximum",), ("average",)),
    ),
    (
        "bounds",
        (
            "Find the {0} of f(x) = x^2 - 4x.",
            "Please find the {0} of f(x) = x^2 - 4x",
            "What's the {0} of f(x) = x^2 - 4x?",
        ),
        (("minimum",), ("maximum",), ("derivative",)),
    ),
    (
        "bounds",
        (
            "Which phone has the {0} battery life?",
            "what phone has the {0} battery life",
            "I'm looking for the phone with the {0} battery life",
        ),
        (("best",), ("worst",), ("second best",)),
    ),
    (
        "bounds",
        (
            "How can I {0} the size of a PDF?",
            "what's the best way to {0} the size of a PDF?",
            "help me {0} the size of a PDF",
        ),
        (("reduce",), ("increase",), ("check",)),
    ),
    (
        "bounds",
        (
            "Name a city with {0} than a million people.",
            "Tell me a city that has {0} than a million people",
            "What is a city with {0} than 1 million inhabitants?",
        ),
        (("more",), ("fewer",)),
    ),
    (
        "antonyms",
        (
            "What are the {0} of remote work?",
            "Could you list the {0} of remote work?",
            "tell me about the {0} of working remotely",
        ),
        (("advantages",), ("disadvantages",), ("costs",)),
    ),
    (
        "antonyms",
        (
            "How do I {0} notifications on my phone?",
            "how to {0} notifications on my phone",
            "I want to {0} notifications on my phone. How?",
        ),
        (("enable",), ("disable",), ("mute",)),
    ),
    (
        "antonyms",
        (
            "Is {0} good for the skin?",
            "I want to know if {0} is good for the skin.",
            "is {0} good for skin?",
        ),
        (("hot water",), ("cold water",), ("salt water",)),
    ),
    (
        "antonyms",
        (
            "Why do stock prices {0}?",
            "What makes stock prices {0}?",
            "Explain why stock prices {0}",
        ),
        (("rise",), ("fall",), ("stagnate",)),
    ),
    (
        "antonyms",
        (
            "Explain the difference between {0} and mean.",
            "What's the difference between {0} and mean?",
            "how do {0} and mean differ",
        ),
        (("median",), ("mode",), ("range",)),
    ),
    (
        "antonyms",
        (
            "How do I {0} a tree?",
            "What is the right way to {0} a tree?",
            "Can you explain how to {0} a tree?",
        ),
        (("plant",), ("fell",), ("climb",)),
    ),
    (
        "antonyms",
        (
            "What are the symptoms of {0} blood pressure?",
            "which symptoms does {0} blood pressure have",
            "List the symptoms of {0} blood pressure, please.",
        ),
        (("high",), ("low",), ("normal",)),
    ),
    (
        "entities",
        (
            "What is the capital of {0}?",
            "Which city is the capital of {0}?",
            "{0} capital city?",
        ),
        (("Slovakia",), ("Slovenia",), ("Serbia",)),
    ),
    (
        "entities",
        (
            "Who wrote {0}?",
            "Who is the author of {0}?",
            "Which author wrote {0}?",
        ),
        (("Emma",), ("Persuasion",), ("Middlemarch",)),
    ),
    (
        "entities",
        (
            "How old is {0}?",
            "What is the age of {0}?",
            "Can you tell me how old {0} is?",
        ),
        (("Elton John",), ("Olivia Newton-John",), ("John Elton",)),
    ),
    (
        "entities",
        (
            "When did {0} become independent?",
            "what year did {0} gain independence",
            "In which year did {0} become independent?",
        ),
        (("Niger",), ("Nigeria",), ("Algeria",)),
    ),
    (
        "entities",
        (
            "How do I install {0} on Ubuntu?",
            "what's the easiest way to install {0} on Ubuntu?",
            "installing {0} on Ubuntu: how?",
        ),
        (("Docker",), ("Podman",), ("Docker Compose",)),
    ),
    (
        "entities",
        (
            "How tall is {0}?",
            "What is the height of {0}?",
            "how high is {0}",
        ),
        (("Mount Elbrus",), ("Mount Elbert",), ("Mount Albert",)),
    ),
    (
        "entities",
        (
            "What is {0} used for?",
            "What do people use {0} for?",
            "what are the uses of {0}?",
        ),
        (("sodium chloride",), ("sodium chlorate",), ("potassium chloride",)),
    ),
    (
        "entities",
        (
            "Summarize the plot of {0}.",
            "Can you give me a summary of the plot of {0}?",
            "I need a summary of the plot of {0}",
        ),
        (("Henry IV",), ("Henry V",), ("Richard III",)),
    ),
    (
        "units",
        (
            "How many {0} are in 3 miles?",
            "3 miles is how many {0}?",
            "Can you convert 3 miles to {0}?",
        ),
        (("kilometers",), ("meters",), ("feet",)),
    ),
    (
        "units",
        (
            "Is a dose of 500 {0} of paracetamol safe?",
            "I'd like to know if 500 {0} of paracetamol is a safe dose",
            "Can I safely take 500 {0} of paracetamol?",
        ),
        (("mg",), ("g",), ("mcg",)),
    ),
    (
        "units",
        (
            "Bake the cake at 180 degrees {0}: how long?",
            "How long do I bake the cake at 180 degrees {0}?",
            "how long should I bake the cake at 180 degrees {0}",
        ),
        (("Celsius",), ("Fahrenheit",)),
    ),
    (
        "numbers",
        (
            "How do I calculate {0} percent of a number?",
            "What's the formula for {0} percent of a number?",
            "how can I compute {0} percent of a number",
        ),
        (("15",), ("50",), ("1.5",)),
    ),
    (
        "numbers",
        (
            "Plan a {0}-day trip to Rome.",
            "I need a plan for a {0}-day trip to Rome",
            "Can you plan a {0} day trip to Rome for me?",
        ),
        (("3",), ("5",), ("13",)),
    ),
    (
        "numbers",
        (
            "What happens to the body after {0} hours without sleep?",
            "After {0} hours without sleep, what happens to the body?",
            "tell me what happens to the body after {0} hours without sleep",
        ),
        (("24",), ("42",), ("two",)),
    ),
    (
        "negation",
        (
            "Which animals {0} hibernate?",
            "Tell me which animals {0} hibernate.",
            "what animals {0} hibernate?",
        ),
        (("do",), ("do not",), ("never",)),
    ),
    (
        "negation",
        (
            "Why is my code {0} compiling?",
            "Can you explain why my code is {0} compiling?",
            "what's the reason my code is {0} compiling",
        ),
        (("not",), ("still",), ("slowly",)),
    ),
    (
        "negation",
        (
            "List foods that {0} gluten.",
            "I need a list of foods that {0} gluten",
            "Give me a list of foods that {0} gluten.",
        ),
        (("contain",), ("don't contain",), ("rarely contain",)),
    ),
    (
        "negation",
        (
            "Is it {0} to sleep eight hours?",
            "Would you say it is {0} to sleep eight hours?",
            "Can you tell me if it is {0} to sleep 8 hours?",
        ),
        (("healthy",), ("unhealthy",), ("necessary",)),
    ),
    (
        "quantifiers",
        (
            "Do {0} snakes lay eggs?",
            "I want to know whether {0} snakes lay eggs.",
            "Tell me if {0} snakes lay eggs",
        ),
        (("all",), ("some",), ("most",)),
    ),
    (
        "quantifiers",
        (
            "Delete {0} rows from the table users in SQL.",
            "How do I delete {0} rows from the table users in SQL?",
            "in SQL, how can I delete {0} rows from the table users",
        ),
        (("all",), ("duplicate",), ("no",)),
    ),
    (
        "quantifiers",
        (
            "How many people speak {0} Welsh?",
            "What number of people speak {0} Welsh?",
            "Do you know how many people speak {0} Welsh?",
        ),
        (("only",), ("also",), ("no",)),
    ),
    (
        "people",
        (
            "What should {0} wear to a wedding?",
            "Help: what should {0} wear to a wedding",
            "What would be good for {0} to wear to a wedding?",
        ),
        (("a guest",), ("a bride",), ("the groom",)),
    ),
    (
        "people",
        (
            "Explain gravity to {0}.",
            "Can you explain gravity to {0}?",
            "How would you explain gravity to {0}?",
        ),
        (("a child",), ("a physicist",), ("my dog",)),
    ),
    (
        "people",
        (
            "Can {0} sue {1} for this?",
            "Is it possible for {0} to sue {1} for this?",
            "would {0} be able to sue {1} for this",
        ),
        (("my landlord", "me"), ("I", "my landlord")),
    ),
    (
        "style",
        (
            "Write a {0} poem about the sea.",
            "Can you write me a {0} poem about the sea?",
            "I'd like a {0} poem about the sea",
        ),
        (("short",), ("long",), ("sad",)),
    ),
    (
        "style",
        (
            "Explain recursion {0}.",
            "Could you explain recursion {0}?",
            "I need an explanation of recursion {0}.",
        ),
        (("in one sentence",), ("in detail",), ("in French",)),
    ),
    (
        "style",
        (
            "Give me a {0} name for a cat.",
            "I'm looking for a {0} name for a cat",
            "What's a {0} name for a cat?",
        ),
        (("funny",), ("serious",), ("French",)),
    ),
    (
        "code",
        (
            "What does `{0}` do in Python?",
            "In Python, what does `{0}` do?",
            "Explain what `{0}` does in Python",
        ),
        (("a[1:]",), ("a[:1]",), ("a[-1:]",)),
    ),
    (
        "code",
        (
            "Why does `{0}` fail?",
            "Can you explain why `{0}` fails?",
            "what's the reason that `{0}` fails",
        ),
        (("x == None",), ("x = None",), ("x is None",)),
    ),
    (
        "code",
        (
            "How do I {0} a branch in git?",
            "what's the git command to {0} a branch?",
            "In git, how can I {0} a branch?",
        ),
        (("create",), ("delete",), ("rename",)),
    ),
    (
        "code",
        (
            "How do I {0} an array in {1}?",
            "What is the best way to {0} an array in {1}?",
            "in {1}, how to {0} an array",
        ),
        (("sort", "Go"), ("reverse", "Go"), ("sort", "Rust")),
    ),
    (
        "code",
        (
            "Write a regex that matches {0}.",
            "I need a regex that matches {0}",
            "Can you give me a regex that matches {0}?",
        ),
        (("one or more digits",), ("zero or more digits",), ("one or more letters",)),
    ),
    (
        "code",
        (
            "How do I read a file {0} in C?",
            "what's the best way to read a file {0} in C?",
            "reading a file {0} in C, how does that work?",
        ),
        (("line by line",), ("byte by byte",), ("at once",)),
    ),
    (
        "code",
        (
            "What is the {0} complexity of quicksort?",
            "what's quicksort's {0} complexity?",
            "Tell me the {0} complexity of quicksort.",
        ),
        (("time",), ("space",), ("worst-case time",)),
    ),
    (
        "questions",
        (
            "{0} did the Titanic sink?",
            "Can you tell me {0} the Titanic sank?",
            "I'd like to know {0} the Titanic sank.",
        ),
        (("when",), ("why",), ("where",)),
    ),
    (
        "questions",
        (
            "{0} much sugar should I eat?",
            "Tell me {0} much sugar I should eat",
            "{0} much sugar is it good to eat?",
        ),
        (("how",), ("why so",), ("who thinks that",)),
    ),
    (
        "questions",
        (
            "What {0} a heart attack?",
            "Can you tell me what {0} a heart attack?",
            "which things {0} a heart attack",
        ),
        (("causes",), ("prevents",), ("follows",)),
    ),
    (
        "languages",
        (
            "How do you say good night in {0}?",
            "What's the {0} for good night?",
            "translate good night into {0}",
        ),
        (("Swedish",), ("Spanish",), ("Danish",)),
    ),
    (
        "languages",
        (
            "Wie {0} ich einen Computer?",
            "Kannst du mir sagen, wie ich einen Computer {0}?",
            "Ich möchte wissen, wie ich einen Computer {0}.",
        ),
        (("kaufe",), ("verkaufe",), ("repariere",)),
    ),
    (
        "languages",
        (
            "Comment {0} un compte ?",
            "Pouvez-vous m'expliquer comment {0} un compte ?",
            "comment faire pour {0} un compte",
        ),
        (("ouvrir",), ("fermer",), ("clôturer",)),
    ),
    (
        "hypotheticals",
        (
            "What {0} if I don't file my taxes?",
            "Tell me what {0} if I don't file my taxes",
            "If I don't file my taxes, what {0}?",
        ),
        (("happens",), ("happened",), ("would you do",)),
    ),
    (
        "hypotheticals",
        (
            "{0} I refinance my mortgage?",
            "I'm wondering: {0} I refinance my mortgage?",
            "My question is: {0} I refinance my mortgage?",
        ),
        (("should",), ("can",), ("when did",)),
    ),
    (
        "synonyms",
        (
            "How do I start a small {0}?",
            "What's the best way to begin a small {0}?",
            "how can I start a little {0}",
        ),
        (("business",), ("fire",), ("garden",)),
    ),
    (
        "synonyms",
        (
            "How do I fix a broken {0}?",
            "What's the way to repair a broken {0}?",
            "how can I repair a broken {0}",
        ),
        (("zipper",), ("heart",), ("friendship",)),
    ),
    (
        "synonyms",
        (
            "What are the main causes of {0}?",
            "What are the principal causes of {0}?",
            "which are the chief causes of {0}",
        ),
        (("deforestation",), ("desertification",), ("acidification",)),
    ),
    (
        "synonyms",
        (
            "Tell me a joke about {0}.",
            "Do you know a joke about {0}?",
            "I want to hear a joke about {0}",
        ),
        (("lawyers",), ("doctors",), ("judges",)),
    ),
)

ALONE: tuple[Pair, ...] = (
    ("conditions", "What if it rains and I stay?", "What if I stay and it rains not?"),
    ("conditions", "Do I pay tax if I move?", "Do I pay tax only if I move?"),
    ("conditions", "Is it safe unless heated?", "Is it safe when heated?"),
    (
        "attachment",
        "How do I hit the man with the hammer?",
        "With the hammer, how do I hit the man?",
    ),
    ("attachment", "What did Ann say in Rome happened?", "What did Ann say happened in Rome?"),
    ("attachment", "Why do old men and women vote?", "Why do women and old men vote?"),
    ("attachment", "I saw her duck in the park, why?", "I saw her in the duck park, why?"),
    ("compounds", "How does a house boat float?", "How does a boat house float?"),
    ("compounds", "What is a chocolate milk?", "What is milk chocolate?"),
    ("compounds", "Who races horses?", "What is a race horse?"),
    ("compounds", "How do I guard a life?", "How do I become a life guard?"),
    ("compounds", "What is a blood test?", "What is a test of blood type?"),
    ("compounds", "Where is the bus station?", "Where is the station bus?"),
    ("compounds", "What does a drug dealer fear?", "What does a car dealer on a drug fear?"),
    ("senses", "What is the best bank in Paris?", "What is the best river bank in Paris?"),
    ("senses", "How do I address a letter?", "How do I address a letter carrier?"),
    ("senses", "What is a light year?", "What is a light load?"),
    ("senses", "How do I kill a process?", "How do I kill a procession?"),
    ("particles", "How do I turn up the heat?", "How do I turn down the heat?"),
    ("particles", "How do I look after a cat?", "How do I look for a cat?"),
    ("particles", "How do I break in shoes?", "How do I break shoes?"),
    (
        "particles",
        "What does it mean to put off a meeting?",
        "What does it mean to put on a meeting?",
    ),
    ("particles", "How do I log in?", "How do I log out?"),
    ("particles", "How do I give up sugar?", "How do I give sugar?"),
    ("particles", "Who takes over the firm?", "Who takes the firm over to Spain?"),
    ("order", "Add milk, then sugar. What do I get?", "Add sugar, then milk. What do I get?"),
    ("order", "Is A after B in this list: B A", "Is B after A in this list: B A"),
    ("order", "Who came second after Ann?", "Who came after Ann, second?"),
    ("degrees", "Who is the least tall?", "Who is the tallest?"),
    ("degrees", "Is tea much better than coffee?", "Is tea a bit better than coffee?"),
    ("degrees", "How likely is rain?", "How unlikely is rain?"),
    ("degrees", "Is it too hot to run?", "Is it hot enough to run?"),
    ("degrees", "Why is he almost always late?", "Why is he always almost late?"),
    ("tools", "How do I open a jar with a knife?", "How do I open a knife with a jar?"),
    ("tools", "How do I write Java in Kotlin?", "How do I write Kotlin in Java?"),
    ("tools", "How do I call C from Python?", "How do I call Python from C?"),
    ("tools", "What is the best way to cook rice in milk?", "How do I cook rice with milk?"),
    ("tools", "How do I draw in Excel using Python?", "How do I draw in Python using Excel?"),
    ("owners", "What did my mother's doctor say?", "What did my doctor's mother say?"),
    ("owners", "Who is the king's daughter?", "Who is the daughter-king?"),
    ("owners", "How do I find my friend's phone?", "How do I find my phone's friend?"),
    ("frames", "I need you to write a poem", "You need me to write a poem"),
    ("frames", "What is the best way to die?", "How do I die?"),
    ("frames", "What is the best way to Rome?", "How do I Rome?"),
    ("frames", "Can you give me an example of irony?", "Give an example of me and irony"),
    ("frames", "I'm trying to find Ann. Any help?", "Find Ann any help"),
    ("frames", "Is there any way to sort a list?", "How do I sort a list?"),
    ("frames", "Is it possible to read a file in C?", "How do I read a file in C?"),
    ("frames", "I want to know", "I want you to know"),
    ("frames", "Help me understand him", "Help him understand me"),
    ("frames", "Can you explain it to Ann for me?", "Can you explain me to Ann?"),
    (
        "frames",
        "What is the easiest way to sort a list?",
        "What is the fastest way to sort a list?",
    ),
    ("frames", "Who asked me how to cook rice?", "How do I cook rice?"),
    ("frames", "Why would I cook rice?", "How would I cook rice?"),
    ("frames", "What is a good explanation of tides?", "What is a good tide?"),
)
"""Pairs without a family: each asks for another answer."""


def filled(family: Family) -> list[list[str]]:
    """Each thought of a family in all its wordings."""
    _, wordings, thoughts = family
    return [
        [wording[:1].upper() + wording[1:].format(*gap) if wording[:1] != "{" else
         _large(wording.format(*gap)) for wording in wordings]
        for gap in thoughts
    ]  # fmt: skip


def _large(text: str) -> str:
    return text[:1].upper() + text[1:]


def hard_of(family: Family) -> Iterator[Pair]:
    """Wordings of one thought beside wordings of its neighbours, the unlike ones first."""
    thoughts = filled(family)
    pairs = [
        (family[0], one[ours], other[theirs])
        for ours, theirs in _turns(len(family[1]))
        for one, other in combinations(thoughts, 2)
    ]
    yield from pairs[:MOST_HARD]


def _turns(count: int) -> list[tuple[int, int]]:
    """Which wordings are put side by side: another one each time, then the same."""
    both = [(one, other) for one in range(count) for other in range(count)]
    return [turn for turn in both if turn[0] != turn[1]][::2] + [(at, at) for at in range(count)]


def same_of(family: Family) -> Iterator[Pair]:
    """Two wordings of one thought."""
    pairs = [
        (family[0], thought[one], thought[other])
        for one, other in combinations(range(len(family[1])), 2)
        for thought in filled(family)
    ]
    yield from pairs[::2][:MOST_SAME]


def half(families: int) -> tuple[Family, ...]:
    """The families that the gates are made on (0), or those that they are measured on (1)."""
    return FAMILIES[families::2]


def hard(part: int) -> tuple[Pair, ...]:
    """Pairs of a half that do not say the same."""
    alone = ALONE[part::2]
    return (*(pair for family in half(part) for pair in hard_of(family)), *alone)


def same(part: int) -> tuple[Pair, ...]:
    """Pairs of a half that say the same."""
    return tuple(pair for family in half(part) for pair in same_of(family))
