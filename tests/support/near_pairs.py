"""Pairs of prompts: those that must not be taken for one another, and those that say the same.

The hard ones are made of templates, each with one thing changed that changes the answer, and
of pairs written by hand, many of them against the very rewordings that the gates allow.
`python tests/support/near_pairs.py FILE` writes them as lines of kind, one, other.

Longer than other modules: it is data.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from itertools import cycle, product
from pathlib import Path

Pair = tuple[str, str, str]
"""Kind, one prompt, the other."""

WRAPS = (
    "{}",
    "Please {}",
    "Could you please {}",
    "Hi! {}",
    "{} Thanks!",
)
"""Courtesies that may stand on either side of a pair, so that more than the difference differs."""

QUESTIONS = (
    ("negation", "Which mushrooms in this forest are {} poisonous?", ("", "not")),
    ("negation", "Is it {} to record a phone call in Ohio?", ("legal", "illegal")),
    ("negation", "Do penguins {} live at the North Pole?", ("", "not")),
    ("negation", "Which of these foods are safe {} cooking?", ("with", "without")),
    ("negation", "Can I take ibuprofen {} I have eaten?", ("if", "unless")),
    ("negation", "What happens if I {} pay the fine?", ("", "do not")),
    ("negation", "List countries that {} signed the treaty.", ("have", "have never")),
    ("negation", "Is this argument {}?", ("valid", "invalid")),
    ("negation", "Why is the test result {}?", ("positive", "negative")),
    ("negation", "Which files are {} tracked by git?", ("", "no longer")),
    ("roles", "Who lent money to whom if {0} owes {1}?", (("Ann", "Bob"), ("Bob", "Ann"))),
    ("roles", "Did {0} defeat {1} in the final?", (("Spain", "Italy"), ("Italy", "Spain"))),
    ("roles", "Why did the {0} chase the {1}?", (("cat", "dog"), ("dog", "cat"))),
    ("roles", "Convert {0} to {1}.", (("euros", "dollars"), ("dollars", "euros"))),
    ("roles", "Translate this from {0} to {1}.", (("French", "German"), ("German", "French"))),
    ("roles", "Is {0} older than {1}?", (("Rome", "Paris"), ("Paris", "Rome"))),
    ("roles", "How do I migrate from {0} to {1}?", (("MySQL", "Postgres"), ("Postgres", "MySQL"))),
    ("roles", "What does {0} think of {1}?", (("Plato", "Socrates"), ("Socrates", "Plato"))),
    ("roles", "Subtract {0} from {1}.", (("7", "9"), ("9", "7"))),
    ("roles", "Does {0} import {1}?", (("a.py", "b.py"), ("b.py", "a.py"))),
    ("units", "How far is 40 {} on foot?", ("miles", "kilometres", "metres")),
    ("units", "Is 30 degrees {} warm?", ("Celsius", "Fahrenheit")),
    ("units", "How much water is 5 {}?", ("litres", "gallons", "pints")),
    ("units", "How long is 90 {} in hours?", ("minutes", "seconds", "days")),
    ("units", "What does 3 {} of flour weigh?", ("cups", "pounds", "spoons")),
    ("units", "Convert 10 {} to bytes.", ("MB", "Mb", "MiB", "GB")),
    ("units", "Is 200 {} a high dose?", ("mg", "ml", "g", "mcg")),
    ("units", "What is {}100 worth today?", ("$", "€", "£")),
    ("dates", "What happened on {} 2019?", ("3 May", "5 March", "3 March")),
    ("dates", "Who was president in {}?", ("1963", "1964", "1863")),
    ("dates", "What day of the week is {}?", ("01/02/2025", "02/01/2025", "2025-01-20")),
    ("dates", "Plan my week from {}.", ("Monday", "Tuesday", "Sunday")),
    ("dates", "What is the weather like in {} in Rome?", ("May", "June", "July")),
    ("dates", "What were the main events of the {} century?", ("18th", "19th", "20th")),
    ("dates", "What is due {}?", ("today", "tomorrow", "yesterday")),
    ("dates", "Set an alarm for {}.", ("7:30", "7:50", "17:30")),
    ("numbers", "What is {}?", ("17 + 25", "17 + 26", "17 - 25", "71 + 25", "17 * 25")),
    ("numbers", "Name {} rivers in Asia.", ("3", "4", "three hundred", "thirteen", "thirty")),
    ("numbers", "What is {} percent of 80?", ("5", "15", "50", "0.5")),
    ("numbers", "Is {} prime?", ("91", "97", "19", "-97")),
    ("numbers", "What changed in Python {}?", ("3.1", "3.10", "3.11", "2.7")),
    ("numbers", "Write {} sentences about the sea.", ("two", "2 short", "twenty", "twenty-two")),
    ("numbers", "What is the square root of {}?", ("1,000", "10,000", "100", "1.000001")),
    ("names", "Who is {}?", ("Jon Stone", "John Stone", "Joan Stone", "Jon Store")),
    ("names", "What is the capital of {}?", ("Niger", "Nigeria", "Guinea", "Guyana")),
    ("names", "Tell me about {}.", ("Slovenia", "Slovakia", "Latvia", "Lithuania")),
    ("names", "When was {} founded?", ("Dallas", "Dalls", "Dulles", "Dulas")),
    ("names", "Where is {}?", ("Sidney", "Sydney", "Sindey")),
    ("names", "Who plays {} in the film?", ("Hansel", "Hanson", "Hensel")),
    ("names", "What does {} do?", ("numpy", "scipy", "pandas", "polars")),
    ("names", "Is {} a good company?", ("Acme", "Acne", "Acmé")),
    ("names", "How tall is {}?", ("Mount Elbert", "Mount Elbrus", "Mount Albert")),
    ("time", "What did they eat {} the war?", ("before", "after", "during", "since")),
    ("time", "What can I do {} the surgery?", ("before", "after", "until")),
    ("time", "Who {} the league?", ("won", "wins", "will win", "is winning")),
    ("time", "When {} the shop open?", ("does", "did", "will")),
    ("time", "What {} the rules?", ("are", "were", "will be")),
    ("degree", "Which costs {} than a bicycle?", ("more", "less")),
    ("degree", "Which is the {} river in Europe?", ("longest", "shortest", "second longest")),
    ("degree", "Give me {} 5 reasons.", ("at least", "at most", "exactly", "about")),
    ("degree", "Should I sleep {}?", ("more", "less", "longer", "earlier")),
    ("degree", "List the {} cities.", ("largest", "smallest", "oldest", "newest")),
    ("degree", "Why do prices {}?", ("rise", "fall")),
    ("degree", "How do I {} the volume?", ("increase", "decrease", "mute")),
    ("degree", "Sort these in {} order.", ("ascending", "descending", "alphabetical")),
    ("quantifiers", "Do {} birds fly?", ("all", "some", "most", "no", "any", "few", "a few")),
    ("quantifiers", "Did {} of the tests pass?", ("all", "none", "both", "either", "any")),
    ("quantifiers", "Who read {} book?", ("the", "a", "every", "each", "no", "another")),
    ("quantifiers", "Is {} enough for this?", ("one", "each one", "only one", "any one")),
    ("quantifiers", "Must {} member vote?", ("every", "some", "at least one", "no")),
    ("hypotheticals", "What {} if the sun went out?", ("happens", "would happen", "happened")),
    ("hypotheticals", "{} I sell my house?", ("Should", "Could", "Did", "Must", "Would")),
    ("hypotheticals", "What {} I say to him?", ("should", "could", "did", "must", "may")),
    ("hypotheticals", "Is it true {} cats see in the dark?", ("that", "only if", "even if")),
    ("hypotheticals", "Suppose it {}: what do I pack?", ("rains", "does not rain", "snows")),
    ("direction", "How do I get {} Boston?", ("to", "from", "into", "around", "past")),
    ("direction", "Push the button {} the handle.", ("above", "below", "behind", "beside")),
    ("direction", "Merge main {} my branch.", ("into", "from", "with", "before")),
    ("direction", "Turn {} at the bridge. Where am I?", ("left", "right", "back")),
    ("direction", "How do I {} a user to the group?", ("add", "move", "restrict")),
    ("direction", "How can I {} a file in git?", ("add", "remove", "restore", "rename")),
    ("wh", "{} wrote the report?", ("Who", "Why was it that we", "How many")),
    ("wh", "{} did the meeting end?", ("When", "Where", "Why", "How")),
    ("wh", "{} is the boss?", ("Who", "Where", "How", "What")),
    ("scope", "Explain {} in one sentence.", ("gravity", "only gravity", "gravity and mass")),
    ("scope", "Summarize the {} chapter.", ("first", "last", "second", "whole")),
    ("scope", "Write a {} poem about rain.", ("short", "long", "sad", "")),
    ("scope", "Explain recursion to a {}.", ("child", "professor", "programmer")),
    ("scope", "Explain recursion {}.", ("", "briefly", "in detail", "in French")),
    ("scope", "Write a letter {} my landlord.", ("to", "from", "for", "about")),
    ("scope", "Answer with the {} alone.", ("number", "name", "letter", "year")),
    ("conjunction", "Do I need a visa for Chile {} Peru?", ("and", "or", "but not")),
    ("conjunction", "Is it red {} blue?", ("and", "or", "nor")),
    ("pronouns", "What does {} friend want?", ("my", "your", "his", "her", "their")),
    ("pronouns", "Why did {} leave?", ("he", "she", "they", "we", "I")),
    ("pronouns", "How do {} look in red?", ("I", "you", "they", "we")),
    ("pronouns", "How do {} feel about it?", ("I", "you", "people")),
    ("code", "What does `x {} y` mean in C?", ("==", "=", "!=", "<=", "<", "&&", "&", "||")),
    ("code", "Why is `a[{}]` wrong?", ("i", "i+1", "i-1", "-1", "0")),
    ("code", "What does `for i in range({})` do?", ("n", "1, n", "n + 1", "n, 0, -1")),
    ("code", "Explain `{}` in bash.", ("rm -r", "rm -rf", "rm -ri", "rm")),
    ("code", "What does this return? ```\nreturn a {} b\n```", ("+", "-", "*", "/", "//", "%")),
    ("code", "Is `{}` thread-safe?", ("list.append", "list.extend", "List.append")),
    ("code", "What is x {} y in Python?", ("== ", "is", "is not", "in", "not in", "%", "**")),
    ("code", "Does `SELECT * FROM t WHERE a {} 5` use the index?", ("<", ">", "=", "<>")),
    ("code", "Fix this regex: `^a{}b$`", ("*", "+", "?", ".", "\\d")),
    ("code", "What does git reset --{} do?", ("hard", "soft", "mixed", "keep")),
    ("code", "How do I open /etc/{}?", ("hosts", "host", "hostname", "passwd")),
    ("quotes", 'What does "{}" mean?', ("Let it be", "let it go", "Let It Be", "let it bee")),
    ("quotes", "Say '{}' politely.", ("no", "yes", "No way")),
    ("languages", "Translate 'cat' into {}.", ("Spanish", "Swedish", "Danish", "Polish")),
    ("languages", "How do you say thanks in {}?", ("Dutch", "Deutsch", "Danish")),
    ("case", "What does {} stand for?", ("US", "us", "Us")),
    ("case", "Is {} good for you?", ("Apple", "apple")),
    ("case", "Where does {} come from?", ("turkey", "Turkey")),
    ("case", "What is {} about?", ("IT", "it", "It")),
    ("case", "Who likes {}?", ("windows", "Windows")),
    ("case", "Why do people {} in spring?", ("march", "March")),
    ("case", "How is {} made?", ("china", "China")),
    ("case", "Does {} matter?", ("who", "WHO")),
    ("plural", "How do I clean my {}?", ("glass", "glasses")),
    ("plural", "What is the use of {}?", ("arm", "arms")),
    ("plural", "Which {} fit?", ("custom", "customs")),
    ("articles", "Do {} people agree?", ("few", "a few", "the few")),
    ("articles", "Is there {} little hope?", ("", "a")),
    ("articles", "What is {} moon?", ("a", "the")),
    ("articles", "Does {} man cause this?", ("", "a", "the")),
)
"""Kind, a sentence, and what may stand in the gap: each of these asks for another answer."""

BY_HAND: tuple[Pair, ...] = (
    ("openings", "Can you swim?", "Swim?"),
    ("openings", "Tell me what you did", "What did you do"),
    ("openings", "I want to know who Ann knows", "Who knows Ann?"),
    ("openings", "Could you explain?", "Explain!"),
    ("openings", "Do you know who I am?", "Do you know who you are?"),
    ("openings", "Tell me a story", "Tell him a story"),
    ("openings", "Please stop", "Stop pleasing me"),
    ("openings", "Thanks", "Thanks for what?"),
    ("openings", "Hi", "High"),
    ("openings", "Explain why this works", "Explain why this worked"),
    ("openings", "Explain what this is not", "Explain what this is"),
    ("openings", "Write me a will", "Write a will in my name"),
    ("openings", "Give me the list", "Give the list to me and her"),
    ("openings", "Make me a model", "Make me model"),
    ("contractions", "Who's eaten the cake?", "Who is eaten the cake?"),
    ("contractions", "What's changed here?", "What is changed here by whom?"),
    ("contractions", "Who's beaten Spain?", "Who is beaten, Spain?"),
    ("contractions", "He's gone. Who's left?", "He is gone. Who is left behind?"),
    ("contractions", "I'd go", "I would have gone"),
    ("contractions", "Can't we go?", "Can we go?"),
    ("contractions", "Isn't it legal?", "Is it legal?"),
    ("contractions", "Won't this break?", "Will this break?"),
    ("contractions", "Its a dog", "It's a dog?"),
    ("contractions", "We're late. Why?", "Were we late? Why?"),
    ("contractions", "What're these?", "What were these?"),
    ("possessives", "John's picture", "The picture of John"),
    ("possessives", "Spain's defeat of Italy", "Italy's defeat of Spain"),
    ("possessives", "The dogs' owner", "The dog's owners"),
    ("possessives", "Ann's mother's name", "Ann's name and her mother's"),
    ("possessives", "What is Ann's mayor like?", "What is Ann like as mayor?"),
    ("possessives", "What is the area of Spain?", "What is Spain's area code?"),
    ("possessives", "Who is Germany's president?", "Who was Germany's president?"),
    ("possessives", "Name France's capital and flag", "Name the flag of France and capital"),
    ("places", "In March, what did he say happened?", "What did he say happened in March?"),
    ("places", "In Rome, who said it rained?", "Who said it rained in Rome?"),
    ("places", "In 1990, who thought he would win?", "Who thought he would win in 1990?"),
    ("places", "In Python, which is faster than C?", "Which is faster than C in Python?"),
    ("places", "In general, what is not true?", "What is not true in general?"),
    ("places", "In total, how many are in the box?", "How many are in the box in total each?"),
    ("punctuation", "Let's eat, grandma. What then?", "Let's eat grandma. What then?"),
    (
        "punctuation",
        "A woman, without her man, is nothing?",
        "A woman: without her, man is nothing?",
    ),
    ("punctuation", "Paris is in France.", "Paris is in France?"),
    ("punctuation", "No, price is too high", "No price is too high"),
    ("punctuation", "Twenty-five or 6?", "Twenty, five or 6?"),
    ("punctuation", "The panda eats shoots and leaves", "The panda eats, shoots and leaves"),
    ("punctuation", "Stop, clubbing tonight?", "Stop clubbing tonight?"),
    ("punctuation", "Is it re-signed?", "Is it resigned?"),
    ("punctuation", "Recover the sofa", "Re-cover the sofa"),
    ("punctuation", "What is 3-2?", "What is 3 2?"),
    ("punctuation", "What is 1/2 + 1?", "What is 1 / 2 + 1 + 1?"),
    ("punctuation", "What is (2 + 3) * 4?", "What is 2 + (3 * 4)?"),
    ("punctuation", "What is -5 + 3?", "What is 5 + 3?"),
    ("word order", "Only Ann saw the dog", "Ann only saw the dog"),
    ("word order", "Ann saw only the dog", "Ann saw the only dog"),
    ("word order", "Is the man eating fish dangerous?", "Is the fish eating man dangerous?"),
    ("word order", "What do you do well?", "Well, what do you do?"),
    ("word order", "How good is it really?", "How really good is it?"),
    ("word order", "Did he just ask?", "Did he ask just that?"),
    ("word order", "Which glass of wine?", "Which wine glass?"),
    ("word order", "Is a guest house a house guest?", "Is a house guest a guest house?"),
    ("word order", "What is the case in point?", "What is the point in case?"),
    ("word order", "Do all people not vote?", "Do not all people vote?"),
    ("ways", "How do I die?", "How to die"),
    ("ways", "How do I know?", "How does one know?"),
    ("ways", "How can I help you?", "How can you help me?"),
    ("ways", "How could I have read it?", "How can I read it?"),
    ("ways", "How would I change?", "How would I change it?"),
    ("ways", "How should I bake bread?", "How do I bake bread?"),
    ("ways", "How to draw a cat", "How not to draw a cat"),
    ("ways", "Why do I use git?", "How do I use git?"),
    ("tense", "What happened to her?", "What happens to her?"),
    ("tense", "How did it work?", "How does it work?"),
    ("tense", "What did it mean?", "What does it mean?"),
    ("tense", "Who is running?", "Who was running?"),
    ("voice", "Who is followed by Ann?", "Who is Ann followed by?"),
    ("voice", "Who was hired by Bob?", "Who hired Bob?"),
    ("voice", "What eats ants?", "What do ants eat?"),
    ("spelling", "Where is the desert?", "Where is the dessert?"),
    ("spelling", "What is a principal?", "What is a principle?"),
    ("spelling", "What will affect it?", "What will effect it?"),
    ("spelling", "Is it a complement?", "Is it a compliment?"),
    ("spelling", "Who is the councillor?", "Who is the counsellor?"),
    ("spelling", "What is stationary?", "What is stationery?"),
    ("spelling", "What causes hypoglycemia?", "What causes hyperglycemia?"),
    ("spelling", "Treat hypotension", "Treat hypertension"),
    ("spelling", "What is an antigen?", "What is an antigene?"),
    ("spelling", "What is a meter?", "What is a metre?"),
    ("spelling", "What is intramuscular?", "What is intermuscular?"),
    ("spelling", "What is ethane?", "What is ethene?"),
    ("spelling", "Is it inflammable?", "Is it nonflammable?"),
    ("spelling", "What is a byte?", "What is a bit?"),
    ("spelling", "What is sulfite?", "What is sulfate?"),
    ("spelling", "What is thorough?", "What is through?"),
    ("spelling", "Explain induction", "Explain inductance"),
    ("translations", "Wie alt ist die Erde?", "Wie alt ist der Mond?"),
    ("translations", "Ist das nicht erlaubt?", "Ist das erlaubt?"),
    ("translations", "Wer hat den Hund gebissen?", "Wen hat der Hund gebissen?"),
    ("translations", "Der Hund beißt den Mann.", "Den Hund beißt der Mann."),
    ("translations", "Was passierte vor dem Krieg?", "Was passierte nach dem Krieg?"),
    ("translations", "Quelle est la capitale de la France ?", "Quelle est la capitale du Niger ?"),
    ("translations", "Je ne bois plus de vin.", "Je ne bois plus que du vin."),
    ("translations", "Il n'a que deux ans ?", "Il a deux ans ?"),
    ("translations", "¿Cuántos años tiene?", "¿Cuántos anos tiene?"),
    ("translations", "¿Cuál es el papa?", "¿Cuál es la papa?"),
    ("translations", "Chi ha vinto?", "Chi ha perso?"),
    ("translations", "Hoe oud is hij?", "Hoe oud is zij?"),
    ("translations", "Vem är han?", "Vem är hon?"),
    ("translations", "Кто он?", "Кто она?"),
    ("translations", "これは何ですか", "それは何ですか"),
    ("translations", "他是谁", "她是谁"),
    ("translations", "What is the capital of France?", "Quelle est la capitale de la France ?"),
    ("translations", "Where is the library?", "¿Dónde está la biblioteca?"),
    ("translations", "How old is it?", "Wie alt ist es?"),
    ("translations", "Explain this in Spanish", "Explica esto en español"),
    ("instructions", "Answer yes or no: is it safe?", "Is it safe?"),
    ("instructions", "List it as JSON", "List it as XML"),
    ("instructions", "Reply in one word: who won?", "Reply in one line: who won?"),
    ("instructions", "Do not use lists. Explain DNS.", "Use lists. Explain DNS."),
    ("instructions", "Ignore the text below: hello", "Read the text below: hello"),
    ("instructions", "Correct this: he go home", "Correct this: she go home"),
    ("instructions", "Rewrite formally: hi Tom", "Rewrite informally: hi Tom"),
    ("instructions", "Summarize: Ann met Bob", "Summarize: Bob met Ann"),
    ("instructions", "Count the words: a b c", "Count the words: a b c d"),
    ("instructions", "Reverse this: abc", "Reverse this: acb"),
    ("addresses", "What is at https://a.test/x?", "What is at https://a.test/X?"),
    ("addresses", "Ping 10.0.0.1", "Ping 10.0.0.11"),
    ("addresses", "Write to ann@a.test", "Write to anne@a.test"),
    ("addresses", "What is in ~/.ssh/config?", "What is in ~/.ssh/config.d?"),
    ("addresses", "Open port 8080", "Open port 8008"),
    ("maths", "Solve x^2 + 1 = 0", "Solve x^2 - 1 = 0"),
    ("maths", "Solve 2x + 3 = 7", "Solve 3x + 2 = 7"),
    ("maths", "Integrate sin x", "Differentiate sin x"),
    ("maths", "What is log 100?", "What is ln 100?"),
    ("maths", "Is x < y?", "Is x > y?"),
    ("maths", "Is a ⊂ b?", "Is a ⊆ b?"),
    ("maths", "Find the mean of 1, 2, 9", "Find the median of 1, 2, 9"),
    ("maths", "Find the area of a circle of radius 2", "Find the area of a circle of diameter 2"),
    ("maths", "What is 2^10?", "What is 10^2?"),
    ("maths", "Round 2.45 to one digit", "Round 2.54 to one digit"),
)


def _hard() -> Iterator[Pair]:
    wraps = cycle(product(WRAPS, WRAPS))
    for kind, sentence, gaps in QUESTIONS:
        filled = [_filled(sentence, gap) for gap in gaps]
        for at, one in enumerate(filled):
            for other in filled[at + 1 :]:
                ours, theirs = next(wraps)
                yield kind, ours.format(one), theirs.format(other)
    yield from BY_HAND


def _filled(sentence: str, gap: str | tuple[str, ...]) -> str:
    """Without a second blank where the gap is empty."""
    said = sentence.replace("{}", gap) if isinstance(gap, str) else sentence.format(*gap)
    return "\n".join(" ".join(line.split()) for line in said.split("\n")).replace(" ?", "?")


THINGS = (
    *("photosynthesis", "a black hole", "inflation", "the water cycle", "a blockchain"),
    *("recursion", "the French Revolution", "DNA", "a mortgage", "quantum entanglement"),
)
OWNERS = ("France", "Japan", "Brazil", "Kenya", "Norway", "Canada", "Peru", "Egypt")
OWNED = ("capital", "population", "president", "currency", "flag")
WAYS_IN = (
    *(("Python", "reverse a list"), ("Rust", "read a file"), ("Java", "sort an array")),
    *(("Excel", "remove duplicates"), ("Go", "parse JSON"), ("SQL", "join two tables")),
    *(("Bash", "rename files"), ("Ruby", "merge two hashes"), ("C", "compare two strings")),
)
ORDERS = (
    *(
        "Write a poem about autumn.",
        "Translate 'good morning' into Greek.",
        "List 5 rivers in Asia.",
    ),
    *("Summarize the plot of Hamlet.", "Compare tea and coffee.", "Suggest a name for a grey cat."),
    *("Define entropy.", "Calculate 15 percent of 80.", "Describe the flag of Nepal."),
)
WHO_WHAT = (
    *("Who wrote Hamlet?", "When did the Berlin Wall fall?", "Why is the sky blue?"),
    *("Where is Mount Elbrus?", "How many bones does a cat have?", "Which planet is largest?"),
    *("Who invented the telephone?", "How deep is Lake Baikal?", "What causes thunder?"),
)
REWORDED = (
    ("Which is the biggest lake in Africa?", "Which is the largest lake in Africa?"),
    ("What's my best option here?", "What is my best option here?"),
    ("Why can't penguins fly?", "Why can not penguins fly?"),
    ("Why don't cats like water?", "Why do not cats like water?"),
    ("What's the colour of the sea?", "What is the color of the sea?"),
    ("How old is the theatre in Verona?", "How old is the theater in Verona?"),
    ("Name seven wonders", "Name 7 wonders"),
    ("Who are the twelve apostles?", "Who are the 12 apostles?"),
    ("What is twenty-five times four?", "What is 25 times 4?"),
    ("Who is the oldest person alive?", "Who's the oldest person alive?"),
    ("What is a good name for a dog?", "What would be a good name for a dog?"),
    ("How big is the Sun?", "What is the size of the Sun?"),
    ("How do I fix a flat tyre?", "What should I do about a flat tire?"),
    ("Who was the first man on the Moon?", "Name the first person to walk on the Moon."),
    ("How far away is the Moon?", "What is the distance to the Moon?"),
    ("Give me ideas for dinner.", "What could I have for dinner?"),
    ("Why do leaves fall in autumn?", "What makes leaves fall in autumn?"),
    ("Is coffee bad for you?", "Is drinking coffee unhealthy?"),
    ("How can I sleep better?", "What helps to sleep well?"),
    ("When was Mozart born?", "What is Mozart's date of birth?"),
    ("Write a haiku on rain", "Compose a haiku about rain"),
    ("Fix the grammar: he go home", "Correct the grammar: he go home"),
    ("What does HTTP stand for?", "What is HTTP short for?"),
    ("How long does it take to boil an egg?", "How long do I boil an egg?"),
    ("Shorten this text: abc def", "Make this text shorter: abc def"),
    ("Wie alt ist die Erde?", "Bitte, wie alt ist die Erde?"),
    ("Wer war Goethe?", "Wer war Goethe"),
    ("Quelle heure est-il ?", "Quelle heure est-il ? Merci"),
    ("¿Quién escribió el Quijote?", "¿Quién escribió el Quijote, por favor?"),
    ("Wer schrieb Faust?", "Von wem ist Faust?"),
)


def _same() -> Iterator[Pair]:
    for thing in THINGS:
        asked = f"What is {thing}?"
        yield "opening", asked, f"Could you please tell me what {thing} is?"
        yield "contraction", asked, f"what's {thing}"
        yield "opening", asked, f"Explain what {thing} is."
        yield "other words", asked, f"Can you give me an explanation of {thing}?"
        yield "how it works", f"How does {thing} work?", f"Explain how {thing} works, please."
    for owner, owned in product(OWNERS, OWNED):
        yield "possessive", f"What is the {owned} of {owner}?", f"What's {owner}'s {owned}?"
    for language, task in WAYS_IN:
        asked = f"How do I {task} in {language}?"
        yield "place", asked, f"In {language}, how can I {task}?"
        yield "way", asked, f"How to {task} in {language}"
        yield "other words", asked, f"What's the best way to {task} using {language}?"
    for order in ORDERS:
        small = order[0].lower() + order[1:]
        yield "courtesy", order, f"Hi there! Could you {small.rstrip('.')}? Thanks in advance."
        yield "courtesy", order, f"please {small.rstrip('.')}"
        yield "other words", order, f"I need you to {small.rstrip('.')} for me"
    for question in WHO_WHAT:
        small = question[0].lower() + question[1:].rstrip("?")
        yield "opening", question, f"Do you know {small}?"
        yield "small letters", question, question.lower().rstrip("?")
        yield "courtesy", question, f"Quick question: {small}? Thank you!"
        yield "other words", question, f"I'm trying to find out {small}, any help?"
    for one, other in REWORDED:
        yield "by hand", one, other


HARD: tuple[Pair, ...] = tuple(_hard())
"""Taking one of these for the other is a false hit."""
SAME: tuple[Pair, ...] = tuple(_same())
"""The answer to one is an answer to the other."""


def lines(pairs: tuple[Pair, ...], verdict: str) -> list[str]:
    """As the data file has them: verdict, kind, one, other, with tabs between."""
    return ["\t".join((verdict, *(text.replace("\n", "\\n") for text in pair))) for pair in pairs]


if __name__ == "__main__":
    Path(sys.argv[1]).write_text("\n".join([*lines(HARD, "other"), *lines(SAME, "same")]) + "\n")
