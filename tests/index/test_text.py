"""Sentences and passages: where an article's text is cut, shown on prose written for the purpose."""

import re
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.text import find_headings, make_passages, split_sentences
from index.types import Passage, Sentence, Span

# In each case ¦ stands where a sentence ends; the text is the case without the marks.
PROSE = {
    "plain": "The council met on Monday. ¦It voted at noon. ¦Nobody spoke against it.",
    "one sentence": "The council met on Monday.",
    "no stop": "The council met on Monday",
    "question": "Who pays for the bridge? ¦The county does.",
    "shout": "The crowd sang! ¦The mayor did not.",
    "question and shout": "They sold the ferry?! ¦They did!! ¦No one was asked.",
    "digits open a sentence": "The gate failed in spring. ¦42 homes were flooded.",
    "a year ends one": "The mill closed in 2008. ¦The town shrank.",
    "semicolon and colon": "Two roads closed; one stayed open: the old toll road. ¦It was full.",
    "em dash": "The vote — the third this year — failed. ¦The next one — in May — may not.",
    "em dash opens": "The vote failed. ¦— Reporting by the metro desk",
    "wide spaces": "The vote failed.  \t ¦The council\u00a0went home.",
    "small brand name": "The app is free. ¦iReader is not.",
}
ABBREVIATIONS = {
    "U.S. inside": "The U.S. Senate passed the bill. ¦The U.S. and Canada signed it.",
    "U.S. at the end": "He lives in the U.S. ¦She does not.",
    "U.S. and the": "They left the U.S. ¦The house was sold.",
    "U.S. possessive": "It was the U.S.'s first win. ¦It was also the U.S.-led team's last.",
    "U.N. inside": "The U.N. Security Council met. ¦It did not vote.",
    "U.N. at the end": "She went to the U.N. ¦In June she came back.",
    "U.K. in brackets": "The port (in the U.K. Midlands) closed. ¦Trade fell.",
    "D.C.": "She works in Washington, D.C. ¦Her office is small.",
    "Mr. and Mrs.": "Mr. Orrin and Mrs. Vale spoke. ¦Ms. Tan did not. ¦Dr. Pell listened.",
    "ranks": "Lt. Col. Mara Quill met Gen. Otto Brandt and Sgt. Ada Finn. ¦They left at dusk.",
    "offices": "Sen. Ivo Hart, Rep. Lena Moss and Gov. Theo Park agreed. ¦Atty. Gen. Ray Poole did not.",
    "two titles": "The Rev. Dr. Amos Bell spoke. ¦Prof. Wren replied.",
    "month with a day": "It opened on Jan. 5 and closed on Sept. 30. ¦It made a loss.",
    "month at the end": "The school opened last Oct. ¦It has no roof.",
    "No. with a number": "The No. 10 bus is late. ¦Line No. 4 is not.",
    "no as a word": "The board said no. ¦Parents were angry.",
    "No as an answer": "Will it reopen? ¦No. ¦Never.",
    "company inside": "Acme Inc. and Brill Corp. merged with Dunn & Co. in Ohio. ¦Nobody lost a job.",
    "company at the end": "She runs Acme Inc. ¦He runs Brill Corp. ¦They are rivals.",
    "Ltd.": "Harrow Ltd. makes tiles. ¦It sold them to Pike Ltd. ¦After that it closed.",
    "a.m. inside": "The train left at 6 a.m. and came at 9 p.m. on Friday. ¦It was full.",
    "p.m. at the end": "The polls close at 8 p.m. ¦Officials expect a queue.",
    "p.m. and a day": "The vote is at 8 p.m. Monday at the hall. ¦Bring a card.",
    "p.m. and a zone": "The launch is at 7:30 a.m. ET on the coast. ¦Rain may stop it.",
    "vs.": "It was Ridge vs. Vale in the final. ¦Ridge won.",
    "e.g. and i.e.": "Bring a document, e.g. a card, i.e. Not a copy. ¦Copies are refused.",
    "etc. inside": "Nails, screws, etc. were sold. ¦Paint was not.",
    "etc. at the end": "They sold nails, screws, etc. ¦They also sold paint.",
    "saint": "The parish of St. Brannock raised the sum. ¦It took a year.",
    "street at the end": "She lived on Alder St. ¦He lived next door.",
    "junior inside": "Samuel Boone Jr. won the seat. ¦He is 31.",
    "junior at the end": "The seat went to Samuel Boone Jr. ¦He is 31.",
    "degree inside": "Her Ph.D. thesis was on eels. ¦It won a prize.",
    "degree at the end": "She has a Ph.D. ¦Her brother has none.",
    "fort and mount": "They drove from Ft. Harmon to Mt. Calder. ¦It snowed.",
    "party and state": "Rep. Lena Moss (D-Calif.) voted no. ¦Sen. Ivo Hart, R-Ky., voted yes.",
    "et al.": "A study by Wynn et al. found the same. ¦It was small.",
}
NAMES_AND_NUMBERS = {
    "two initials": "The prize went to J. K. Marlow. ¦She was abroad.",
    "joined initials": "The prize went to A.B. Marlow and T.S. Quint. ¦They shared it.",
    "middle initial": "George W. Penn met Ann B. Lowe. ¦They talked for an hour.",
    "a letter ends one": "They chose plan B. ¦It failed. ¦The cure was vitamin C. ¦They had none.",
    "a numeral ends one": "The hall was built before World War I. ¦The roof is new.",
    "money": "It cost $3.5 million. ¦The first bid was $2.75 million.",
    "decimal at the end": "Inflation rose to 3.5. ¦Analysts had expected 3.1 percent.",
    "version": "Version 2.0.1 fixed it. ¦Version 2.0.2 broke it again.",
    "address": "See https://example.com/a.b?c=D.E for more. ¦The site is slow.",
    "domain": "She sold Lanternbooks.com to Quill.co.uk. ¦Both still trade.",
    "domain at the end": "The list is on records.example.gov. ¦Anyone can read it.",
    "e-mail": "Write to j.doe@news.example.org. ¦We reply within a day.",
    "firm with a shout": "The Yahoo! page was down. ¦It came back.",
    "numbered points": "1. Close the valve. ¦2. Open the gate. ¦3. Call the office.",
    "time and score": "It ended 3:2 at 9.45. ¦Fans stayed on.",
}
DOTS = {
    "dots inside": "He paused … then signed. ¦She paused ... then did not.",
    "spaced dots": "He paused . . . then signed. ¦She left.",
    "dots at the end": "The lights went out... ¦The crowd waited. ¦Nothing came… ¦Then it did.",
    "dots open": "...and then it rained. ¦It rained all week.",
}
QUOTES = {
    "comma and speaker": '"No," he said. ¦"Not this year," she added.',
    "curly comma and speaker": "“No,” he said. ¦“Not this year,” she added.",
    "straight closing": 'The notice said "closed until further notice." ¦The door was open.',
    "curly closing": "Both sides spoke of “useful exchanges.” ¦Talks resume in May.",
    "stop after the mark": "Both sides spoke of “useful exchanges”. ¦Talks resume in May.",
    "shout and speaker": "“Stop!” she said. ¦The van drove on.",
    "question and speaker": "“Go now?” he asked. ¦“Yes.” ¦They went.",
    "question and named speaker": '"Is it safe?" Ms. Vale asked. ¦Nobody answered.',
    "question and I": '"Is it safe?" I asked. ¦Nobody answered.',
    "question, then a sentence": '"Is it safe?" ¦The engineer looked away.',
    "speech closes, speech opens": '"We leave at six." ¦"We leave at seven."',
    "several sentences, speaker": "“We waited. Nobody came. We left,” said Orrin. ¦The case is closed.",
    "several sentences, straight": '"We waited. Nobody came." ¦The case is closed.',
    "several sentences, single": "‘We waited. It’s late. We’re off,’ she said. ¦The case is closed.",
    "within a sentence": 'The banner read "Save it. Fix it. Keep it." in red. ¦It was taken down.',
    "split speech": '"It holds," said Quill. ¦"It will hold for years."',
    "quoted small words": 'He called it "a mess." ¦She called it "fine."',
    "left open": '"We waited for an hour. ¦Then we left. ¦Nobody called.',
    "angle quotes": "«We wait.» ¦She sat down.",
    "nested": "“He told me, ‘Go home.’ I did,” said Finn. ¦She is 40.",
    "inches": "The 6' 2\" guard scored. ¦His team lost.",
    "bold": "**The levy passed.** ¦It starts in May.",
}
BRACKETS = {
    "within": "The levy (see p. 5) passed. ¦It starts in May.",
    "a whole sentence": "The levy passed. ¦(It had failed twice.) ¦It starts in May.",
    "several sentences": "The levy passed. ¦(It failed in May. It failed in June.) ¦It starts soon.",
    "sentence within": "The levy (it failed twice. Few knew why.) passed. ¦It starts soon.",
    "unit before the stop": "The peak is the highest (3,317 m). ¦The pass is lower.",
    "note": "The levy passed.[1] ¦It starts in May.[12] ¦It ends in June.",
    "added word": "“They [the owners] knew. They lied,” said Poole. ¦The owners deny it.",
}
NEWS = {
    "dateline": "HARMON, Ohio (CNN) -- The levy passed on Monday. ¦It starts in May.",
    "bare dateline": "(CNN) -- The levy passed on Monday. ¦It starts in May.",
    "questions and answers": "Q. Who pays? ¦A. The county pays. ¦Q. When? ¦A. In May.",
    "interview lines": "News: Who pays?\n¦Poole: The county pays.\n¦News: When?",
    "caption": "Ada Finn, left, and Ray Poole at the gate (Photo: M. Tan)\n¦The gate failed in May.",
    "no space": "They ended the talks.¦The next round is in May.",
    "no space before a title": "They ended the talks.¦Mr. Orrin left.",
    "no space after a quote": "They called it “a mess.”¦The next round is in May.",
    "no space after a year": "The mill closed in 2008.¦The town shrank.",
}
SCRIPTS = {
    "Chinese": "会议结束了。¦他们离开了！¦为什么？¦没有人知道。",
    "Japanese quote": "「終わった。」¦彼は言った。",
    "Hindi": "बैठक खत्म हुई। ¦वे चले गए।",
    "Arabic": "لماذا رحلوا؟ ¦لا أحد يعرف.",
    "accents": "Élodie left. ¦Ömer stayed. ¦Ça va.",
    "Cyrillic": "Совет собрался. ¦Решения нет.",
    "beyond the BMP": "😀 They won 🏆. ¦𝒜 new cup 🥇 waits 😀… ¦Nobody knows.",
}
LINES = {
    "blank line": "The levy passed\n\n¦It starts in May",
    "blank line in mid-sentence": "The levy that passed on Monday at the old town hall was the\n\n¦first of its kind.",
    "paragraph a line": "The levy passed. ¦It was close.\n¦It starts in May.\n¦The end.",
    "no stop at a line's end": "Written by Ada Finn\n¦The levy passed. ¦It starts in May.\n¦More from this desk",
    "hard-wrapped": (
        "The levy that the council put to the voters on Monday passed by a narrow\n"
        "margin, said the county clerk. ¦It will pay for a new gate on the canal in\n"
        "Harmon, where the old one failed in May. ¦The first stones will be laid by\n"
        "Lt. Col. Mara Quill."
    ),
    "wrapped after an abbreviation": (
        "The levy that the council put to the voters passed, according to a statement by Mr.\n"
        "Orrin, who is not known to have been in the hall when the votes were counted by the\n"
        "clerks."
    ),
    "heading over wrapped text": (
        "Voters Pass the Levy for the Canal Gate\n"
        "¦By Ada Finn\n\n"
        "¦The levy that the council put to the voters on Monday passed by a narrow\n"
        "margin, said the county clerk."
    ),
    "Windows line ends": "The levy passed.\r\n¦It starts in May.\r\n\r\n¦The end.",
    "Markdown headings": "# The levy. What now?\n¦It passed. ¦It starts in May.\n¦## Who pays\n¦The county.",
    "list": "You need:\n¦- a card\n¦- a pen. ¦Not a pencil.\n¦* a chair",
    "numbered list": "1. Close the valve\n¦2. Open the gate\n¦3) Call the office",
    "bullets": "• Ada Finn, mayor\n¦• Ray Poole, clerk",
    "wrapped item": "- the gate on the canal, which the council put to\n  the voters\n¦- the hall",
    "rule": "It passed.\n¦***\n¦It starts in May.",
    "stray mark": "It passed. ¦It starts in May. *",
}
CASES = PROSE | ABBREVIATIONS | NAMES_AND_NUMBERS | DOTS | QUOTES | BRACKETS | NEWS | SCRIPTS | LINES

# Text that sentences are hard to find in: every character and word that a rule looks at, in any order.
WORDS = ("The", "he", "U.S", "Mr", "a.m", "No", "5", "x" * 50, "said", "é", "😀", "\ud800", "\ufeff", "#", "-", "。")
MARKS = (*'.!?…"“”()’ \n\t', "  ", "\n\n", "\r\n", "\u00a0", "\u2028", "\x1c")
TEXTS = st.one_of(st.text(), st.lists(st.sampled_from(WORDS + MARKS * 2), max_size=60).map("".join))
PARAGRAPHS = st.lists(st.integers(1, 30), max_size=30).map(
    lambda sizes: " ".join("Go" + " on" * n + "." for n in sizes)
)


def sentences_of(text: str) -> list[str]:
    """The text of each sentence."""
    return [text[sentence.start : sentence.end] for sentence in split_sentences(text)]


def words_of(text: str) -> list[Span]:
    """Tokens for the tests: words and single marks."""
    return [Span(*match.span()) for match in re.finditer(r"\w+|[^\w\s]", text)]


def passages_of(text: str, *, window: int, target: int) -> tuple[Passage, ...]:
    return make_passages(text, split_sentences(text), words_of(text), window=window, target=target)


def size(passage: Span, tokens: list[Span]) -> int:
    """How many tokens share a character with the passage."""
    return sum(token.start < passage.end and passage.start < token.end for token in tokens)


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_sentences_end_where_a_reader_would_end_them(case: str) -> None:
    assert sentences_of(case.replace("¦", "")) == [part.strip() for part in case.split("¦")]


@pytest.mark.parametrize("text", ["", " ", "\n\n", "\t\r\n\u00a0\u2003"])
def test_text_without_a_character_has_no_sentence(text: str) -> None:
    assert split_sentences(text) == ()


@pytest.mark.parametrize("text", ["…", "* * *", '"', "\ud800", "\ufeff", "?!"])
def test_marks_alone_are_one_sentence(text: str) -> None:
    assert sentences_of(text) == [text]


@settings(deadline=None)
@given(TEXTS)
def test_sentences_are_in_order_without_white_space_at_their_ends_and_cover_the_rest(text: str) -> None:
    end = 0
    for sentence in split_sentences(text):
        assert not text[end : sentence.start].strip()
        assert sentence.start < sentence.end
        quoted = text[sentence.start : sentence.end]
        assert quoted == quoted.strip()
        end = sentence.end
    assert not text[end:].strip()


@settings(deadline=None)
@given(TEXTS, TEXTS)
def test_a_blank_line_ends_a_sentence_whatever_stands_around_it(before: str, after: str) -> None:
    assert not any("\n\n" in sentence for sentence in sentences_of(before + "\n\n" + after))


def test_offsets_count_characters_beyond_the_bmp_as_one() -> None:
    text = "🏆 won. 🥇 Next 😀 came. The é end."
    assert split_sentences(text) == (Sentence(0, 6), Sentence(7, 21), Sentence(22, 32))


def test_a_long_quotation_is_cut_at_its_sentences() -> None:
    sentence = "The county will pay for the gate and for the road that leads to it, and for nothing else. "
    text = f"“{sentence * 3}That is all,” said Poole."
    first = sentence.strip()
    assert sentences_of(text) == [f"“{first}", first, first, "That is all,” said Poole."]


@pytest.mark.parametrize("mark", [".", '"', "a.", "“", "(", "a. ", "a.B", "“a. ", '?" A ', "!é", "é。", "a\n", "'"])
def test_long_runs_of_marks_are_split_and_covered(mark: str) -> None:
    text = mark * (200_000 // len(mark))
    assert "".join("".join(sentences_of(text)).split()) == "".join(text.split())


def test_a_paragraph_of_2000_words_has_every_one_of_its_sentences() -> None:
    text = " ".join(f"Mr. Orrin of the U.S. Senate read page {n}." for n in range(200))
    assert sentences_of(text) == [f"Mr. Orrin of the U.S. Senate read page {n}." for n in range(200)]


# Headings

PROSE_BELOW = "The council met on Monday. It voted at noon."
HEADINGS = {
    "a line between blank lines over prose": (f"{PROSE_BELOW}\n\nThe names\n\n{PROSE_BELOW}", ["The names"]),
    "the first line": (f"Longer evenings among books\n\n{PROSE_BELOW}", ["Longer evenings among books"]),
    "Markdown, right above its text": (f"## What comes next\n{PROSE_BELOW}", ["## What comes next"]),
    "Markdown, with a stop": (f"# The levy. What now?\n\n{PROSE_BELOW}", ["# The levy. What now?"]),
    "Markdown, below another": (f"# The levy\n## Who pays\n{PROSE_BELOW}", ["# The levy", "## Who pays"]),
    "Markdown, over nothing": (f"{PROSE_BELOW}\n\n## The end", ["## The end"]),
    "a question": (f"{PROSE_BELOW}\n\nWho pays for the gate?\n\n{PROSE_BELOW}", ["Who pays for the gate?"]),
    "over prose of several lines": ("The gate\n\nThe council that met\non Monday voted.", ["The gate"]),
    "over somebody's words": (f"The gate\n\n“{PROSE_BELOW}”", ["The gate"]),
    "without a letter of case": ("会议\n\n会议结束了。他们离开了！", ["会议"]),
}
NO_HEADINGS = {
    "one sentence": "The council met on Monday.",
    "one line without a stop": "The council met on Monday",
    "a short paragraph": f"{PROSE_BELOW}\n\nNobody spoke against it.\n\n{PROSE_BELOW}",
    "a caption that is a sentence": f"Ada Finn shuts the gate on Monday.\n\n{PROSE_BELOW}",
    "a line that ends with a colon": f"The council decided:\n\n{PROSE_BELOW}",
    "a fact": f"Weight: 8 kg\n\n{PROSE_BELOW}",
    "an item of a list": f"- the gate on the canal\n\n{PROSE_BELOW}",
    "a numbered item": f"1. Close the valve\n\n{PROSE_BELOW}",
    "names, a line each": "Ada Finn\n\nRay Poole\n\nIvo Hart",
    "names over prose, all but the first": f"{PROSE_BELOW}\n\nAda Finn\nRay Poole\n\n{PROSE_BELOW}",
    "the last line": f"{PROSE_BELOW}\n\nMore from this desk",
    "a long line": f"The council that met on Monday at the old town hall voted at noon\n\n{PROSE_BELOW}",
    "a line that goes on": "The council that met on Monday\n\nand on Tuesday voted at noon.",
    "a line right above its text": f"The names\n{PROSE_BELOW}",
    "somebody's question": f"{PROSE_BELOW}\n\n“Who pays?”\n\n{PROSE_BELOW}",
    "nothing": "",
}


def headings_of(text: str) -> list[str]:
    return [text[heading.start : heading.end] for heading in find_headings(text)]


@pytest.mark.parametrize(("text", "expected"), HEADINGS.values(), ids=HEADINGS)
def test_what_heads_a_part_of_the_text_is_found(text: str, expected: list[str]) -> None:
    assert headings_of(text) == expected


@pytest.mark.parametrize("text", NO_HEADINGS.values(), ids=NO_HEADINGS)
def test_sentences_facts_and_lists_are_no_headings(text: str) -> None:
    assert headings_of(text) == []


def test_what_is_not_the_story_counts_as_blank() -> None:
    text = f"The gate\nBy Ada Finn\n\n{PROSE_BELOW}"
    assert find_headings(text) == ()
    assert find_headings(text, [Span(9, 21)]) == (Span(0, 8),)


@settings(deadline=None)
@given(TEXTS)
def test_headings_are_whole_sentences_in_order(text: str) -> None:
    headings = find_headings(text)
    assert list(headings) == sorted(headings, key=lambda heading: heading.start)
    starts, ends = ({getattr(s, side) for s in split_sentences(text)} for side in ("start", "end"))
    for heading in headings:
        assert heading.start in starts
        assert heading.end in ends


# Passages

# Five sentences of five tokens each.
FIVE = "One two three four. Five six seven eight. Nine ten eleven twelve. Go on now then. The very last one."


def test_no_sentences_make_no_passage() -> None:
    assert make_passages("", (), (), window=10, target=5) == ()


def test_a_short_article_is_one_passage() -> None:
    assert passages_of(FIVE, window=100, target=100) == (Passage(0, len(FIVE), 0, 4),)


def test_passages_overlap_by_one_sentence() -> None:
    passages = passages_of(FIVE, window=20, target=10)
    assert [(p.first, p.last) for p in passages] == [(0, 1), (1, 2), (2, 3), (3, 4)]
    assert FIVE[passages[1].start : passages[1].end] == "Five six seven eight. Nine ten eleven twelve."


def test_passages_do_not_overlap_where_the_window_has_no_room() -> None:
    assert [(p.first, p.last) for p in passages_of(FIVE, window=9, target=9)] == [(n, n) for n in range(5)]


def test_a_passage_ends_where_it_is_nearest_to_the_target() -> None:
    assert [p.last for p in passages_of(FIVE, window=100, target=12)][0] == 1
    assert [p.last for p in passages_of(FIVE, window=100, target=13)][0] == 2


def test_a_few_last_tokens_join_the_passage_before() -> None:
    text = FIVE + " Bye."
    assert [(p.first, p.last) for p in passages_of(text, window=30, target=25)] == [(0, 5)]
    assert [(p.first, p.last) for p in passages_of(text, window=26, target=25)] == [(0, 4), (4, 5)]


def test_a_sentence_of_2000_words_is_cut_between_words() -> None:
    long = " ".join(["word"] * 2000) + "."
    text = f"Before it. {long} After it."
    passages = passages_of(text, window=300, target=100)
    pieces = [p for p in passages if p.first == p.last == 1]
    assert [(p.first, p.last) for p in passages if p not in pieces] == [(0, 0), (2, 2)]
    assert len(pieces) == 7
    assert "".join(text[p.start : p.end] for p in pieces) == long
    assert all(text[p.start : p.end].strip(" .").split(" ") == ["word"] * 300 for p in pieces[:-1])


def test_a_sentence_without_white_space_is_cut_at_tokens() -> None:
    text = "a-" * 50
    passages = passages_of(text, window=30, target=10)
    assert [(p.start, p.end) for p in passages] == [(0, 30), (30, 60), (60, 90), (90, 100)]


def test_tokens_that_share_one_character_stay_in_one_piece() -> None:
    text = "😀😀😀"  # a byte-level model makes four tokens of each
    tokens = [Span(n // 4, n // 4 + 1) for n in range(12)]
    passages = make_passages(text, split_sentences(text), tokens, window=6, target=6)
    assert [(p.start, p.end) for p in passages] == [(0, 1), (1, 2), (2, 3)]


def test_a_window_without_room_for_a_token_is_refused() -> None:
    with pytest.raises(ValueError, match="window cannot be 0"):
        make_passages("Go.", (Sentence(0, 3),), (Span(0, 3),), window=0, target=1)


@settings(deadline=None)
@given(PARAGRAPHS | TEXTS, st.integers(1, 60), st.integers(1, 60))
def test_passages_hold_every_sentence_and_stay_inside_the_window(text: str, window: int, target: int) -> None:
    sentences, tokens = split_sentences(text), words_of(text)
    passages = make_passages(text, sentences, tokens, window=window, target=min(target, window))
    assert all(size(passage, tokens) <= window for passage in passages)
    for number, sentence in enumerate(sentences):
        held = [passage for passage in passages if passage.first <= number <= passage.last]
        if size(sentence, tokens) > window:
            assert [held[0].start, *(p.end for p in held)] == [*(p.start for p in held), sentence.end]
        else:
            assert any(p.start <= sentence.start and sentence.end <= p.end for p in held)
    for one, following in pairwise(passages):
        if one.last == following.first == following.last:
            assert size(sentences[one.last], tokens) > window  # pieces; else it would be nothing but overlap
        elif following.first > one.last:
            beside = Span(sentences[one.last].start, sentences[one.last + 1].end)
            assert following.first == one.last + 1
            assert size(beside, tokens) > window
