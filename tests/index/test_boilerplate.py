from time import thread_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.boilerplate import find_boilerplate, strip_boilerplate

STORY = (
    "The harbour of Port Elgin will close for six weeks in spring, the city council said on Tuesday.",
    "Councillor Mara Lind said the quay “cannot wait another winter.” No contract has been signed yet.",
    "Fishermen will moor at the old ferry pier until the work is done.",
)

BYLINES = {
    "By Jane Doe": "Jane Doe",
    "by Jane Doe": "Jane Doe",
    "BY JANE DOE": "JANE DOE",
    "By: Jane Doe": "Jane Doe",
    "By Jane Doe and John Roe": "Jane Doe and John Roe",
    "By Jane Doe, John Roe and Ann Poe": "Jane Doe, John Roe and Ann Poe",
    "By Jane Doe, CNN": "Jane Doe",
    "By Jane Doe, senior correspondent for the Herald in Seoul": "Jane Doe",
    "By Jane Doe | January 5, 2026": "Jane Doe",
    "By Jane Doe • 5 Jan 2026, 10:30 am • 4 min read": "Jane Doe",
    "By Jane Doe - Allycaral News": "Jane Doe",
    "By J. K. Rowan": "J. K. Rowan",
    "By Dr. Jane Doe": "Dr. Jane Doe",
    "By Martin Roe Jr.": "Martin Roe Jr.",
    "By Ludwig van der Berg": "Ludwig van der Berg",
    "By Aisha al-Rashid": "Aisha al-Rashid",
    "By Siobhán O’Neill-Gray": "Siobhán O’Neill-Gray",
    "By June Carter": "June Carter",
    "By Reuters": "Reuters",
    "By the CNN Wire Staff": "CNN Wire Staff",
    "Written by Tanisha Cardozo || Team Allycaral International Desk": "Tanisha Cardozo",
    "Story by Jane Doe": "Jane Doe",
    "Reporting by Jane Doe; Editing by John Roe": "Jane Doe",
    "(Reporting by Jane Doe in Seoul; Additional reporting by Ann Poe; Editing by John Roe)": "Jane Doe",
    "By 김민수 기자": "김민수 기자",
}

NOT_BYLINES = (
    "By Friday the talks had ended.",
    "By Friday the talks had ended",
    "By Monday Morning",
    "By Early June",
    "By Any Means Necessary",
    "By Royal Appointment",
    "By The Numbers",
    "By Christmas Day",
    "By Jane Doe.",
    "By Jane Doe’s own account the talks failed",
    "By George Washington, who never lied, it was called a mistake",
    "By Seoul",
    "By contrast, Beijing said nothing",
    "Written by hand, the letter ran to nine pages",
    "Reporting by the agency showed that prices fell",
    "By and large, the plan worked",
    "Bypass Road",
)

PROMOTIONS = (
    "Discover more from Allycaral",
    "Subscribe to get the latest posts sent to your email.",
    "Subscribe to our newsletter",
    "Subscribe to our free weekly newsletter for more stories",
    "Subscribe to The Allycaral Daily",
    "SUBSCRIBE NOW",
    "Subscribe",
    "Sign up for our newsletter",
    "Sign up for our newsletter!",
    "Sign up for the Morning Briefing newsletter",
    "Sign up here",
    "Get the latest news delivered straight to your inbox",
    "Type your email…",
    "Enter your email address to follow this site",
    "Share this:",
    "Share this article",
    "Share",
    "Share on Facebook",
    "Share on Facebook, X and WhatsApp",
    "Share via Email",
    "Click to share on Facebook (Opens in new window)",
    "Click to email a link to a friend (Opens in new window)",
    "E-mail to a friend",
    "Follow us on Twitter",
    "Follow us on X and Instagram for the latest news.",
    "Follow Jane Doe on Twitter",
    "Follow @allycaral on Threads.",
    "Like us on Facebook",
    "Join us on Telegram",
    "Like this:",
    "Like Loading...",
    "Loading...",
    "Loading…",
    "Click here to read the full report",
    "Click here.",
    "Skip to content",
    "Skip to main content",
    "Back to top",
    "4 min read",
    "We use cookies to improve your experience on our website.",
    "This site uses cookies.",
    "By continuing to use this site, you agree to our use of cookies.",
    "Accept all cookies",
    "Cookie settings",
    "Privacy Policy",
    "Advertisement",
    "ADVERTISEMENT",
    "— Advertisement —",
    "[Advertisement]",
    "ADVERTISEMENT - CONTINUE READING BELOW",
    "Sponsored content",
    "Article continues below advertisement",
    "Story continues after this ad",
    "Continue reading",
    "Continue reading the main story",
    "Continue reading →",
    "Continue reading “Harbour to close” →",
    "Leave a comment",
    "Leave a Reply",
    "Leave a comment on “Harbour to close”",
    "12 comments",
    "Comments (12)",
    "View all comments",
    "Read more",
    "Read more: Harbour to close for six weeks",
    "READ MORE: What does Lee want?",
    "Read more »",
    "Related:",
    "Related: Council votes on quay",
    "Related stories",
    "See also: A history of the quay",
    "You might also like",
    "Photo: Jane Doe",
    "Photo by Jane Doe",
    "Photo credit: Jane Doe",
    "Photograph: Jane Doe/The Guardian",
    "Photo: Jane Doe / Getty Images",
    "Photo: The harbour of Port Elgin on Tuesday. Jane Doe / Getty Images",
    "Image: Jane Doe via Unsplash",
    "Images courtesy of NASA",
    "(AP Photo/Jane Doe)",
    "(AP Photo/Lee Jin-man, File)",
    "AP Photo",
    "REUTERS/Kim Hong-Ji",
    "Jung Yeon-je/AFP/Getty Images",
    "Getty Images",
    "The harbour of Port Elgin on Tuesday. (Photo: Jane Doe)",
    "Mara Lind at the quay (AP Photo/Lee Jin-man)",
    "Fishermen moor at the pier. (Photo by Jane Doe/Getty Images)",
    "Watch the harbour close »",
    "See photos of “the old quay” »",
    "Map: The harbour of Port Elgin ›",
    "iReport: Share your pictures of the quay",
    "All About Port Elgin • Harbours",
    "© 2026 Allycaral. All rights reserved.",
    "© 2026 Allycaral",
    "© Allycaral 2026",
    "Copyright 2026 Allycaral. All rights reserved. This material may not be published or broadcast.",
    "Copyright © 2024-2026 Allycaral",
    "All rights reserved.",
)

PROSE = (
    "Subscribe to the theory that prices fall in spring and you will sell too early.",
    "Subscribe to the theory that prices fall",
    "Subscribers fell by a third.",
    "Sign up sheets were posted at the pier.",
    "Sign up for the army, the poster read, and see the world.",
    "Share prices fell.",
    "Share prices fell on Facebook news.",
    "Share the burden, Lind told the council.",
    "Cookies were served at the summit.",
    "We use cookies to lure the seals away, the harbour master explained",
    "Accept cookies from strangers at your own risk",
    "Follow-up talks are planned for June.",
    "Follow the money, she said.",
    "Following the talks, both sides flew home.",
    "Photographs show that the quay has sunk by a metre.",
    "Photo finishes are rare in this race.",
    "Photos: the council wants them deleted within a week.",
    "Image is everything in politics.",
    "Pictures by the thousand were found in the shed.",
    "Advertisement revenue fell by half.",
    "Advertising on the pier was banned in 2019.",
    "Related costs rose to 4 million euros.",
    "Related to this is the question of who pays.",
    "Related: the ministry’s own figures show a fall.",
    "Read more books, the minister told the children.",
    "Read more: that was her only advice to the graduates.",
    "Loading the ship took nine hours.",
    "Leave a comment unanswered and the rumour grows.",
    "No comment.",
    "No comment",
    "Comments on the draft are due by Friday.",
    "Click beetles were found in the hold.",
    "Discover more from scientists on the island every summer.",
    "Continue reading, the teacher said.",
    "Copyright law changed in 2019.",
    "Copyright 2009 rules still apply to these works, the court found",
    "Getty Images sued the company in London.",
    "Reuters reported the talks on Friday.",
    "AP photographers were kept outside.",
    "Skip the queue and you pay double.",
    "Typing your email in public is a risk.",
    "Type your email and your password will follow, the fraudster hoped.",
    "Like us, the Danes drink coffee.",
    "Join us in mourning, the family wrote.",
    "“Follow us on Twitter,” he said.",
    "Get the mail delivered, whatever it takes.",
    "Back to the drawing board for Port Elgin",
    "Privacy policy experts doubt the plan.",
    "Sponsored by the mayor, the bill passed.",
    "The article continues to draw readers.",
    "The quay (photo finish or not) is closed.",
    "“Ils ferment le port »",
    "All about the harbour, the book sold well.",
    "Watchmen saw the harbour close",
)


def test_the_story_stays_and_everything_around_it_goes() -> None:
    text = "\n".join(
        (
            "Written by Tanisha Cardozo || Team Allycaral International Desk",
            *STORY,
            "Discover more from Allycaral",
            "Subscribe to get the latest posts sent to your email.\n",
        )
    )
    assert strip_boilerplate(text) == ("\n".join(STORY), "Tanisha Cardozo")


def test_spans_are_whole_lines_with_their_breaks() -> None:
    text = "By Jane Doe\r\nThe harbour closes.\n  Advertisement \nIt opens in May.\nSubscribe"
    found = find_boilerplate(text)
    assert [text[span.start : span.end] for span in found.spans] == [
        "By Jane Doe\r\n",
        "  Advertisement \n",
        "Subscribe",
    ]
    assert found.author == "Jane Doe"


@pytest.mark.parametrize(("line", "author"), BYLINES.items())
def test_a_byline_names_the_author_and_goes(line: str, author: str) -> None:
    assert strip_boilerplate(f"Harbour to close\n{line}\n\n{STORY[0]}") == (f"Harbour to close\n\n{STORY[0]}", author)


@pytest.mark.parametrize("line", NOT_BYLINES)
def test_what_only_begins_like_a_byline_stays(line: str) -> None:
    text = f"{line}\n\n{STORY[0]}"
    assert strip_boilerplate(text) == (text, None)


def test_a_byline_counts_only_at_the_top() -> None:
    text = "\n\n".join((*STORY, *STORY, "By Jane Doe", *STORY))
    assert strip_boilerplate(text) == (text, None)


def test_the_first_byline_names_the_author() -> None:
    text = f"By Jane Doe\n{STORY[0]}\n(Reporting by Ann Poe; Editing by John Roe)"
    assert strip_boilerplate(text) == (STORY[0], "Jane Doe")


def test_an_agency_credit_at_the_end_names_the_author() -> None:
    text = "\n".join((*STORY, *STORY, *STORY, "(Reporting by Ann Poe and Jane Doe; Editing by John Roe.)"))
    assert strip_boilerplate(text) == ("\n".join(STORY * 3), "Ann Poe and Jane Doe")


def test_a_line_on_who_contributed_goes_only_at_the_end() -> None:
    line = "CNN's Jane Doe and John Roe contributed to this report"
    assert strip_boilerplate("\n".join((*STORY, *STORY, f"{line}."))) == ("\n".join(STORY + STORY), None)
    text = "\n".join((f"{line}.", *STORY, *STORY))
    assert strip_boilerplate(text)[0] == text


@pytest.mark.parametrize("line", PROMOTIONS)
def test_a_line_that_is_not_the_story_goes(line: str) -> None:
    assert strip_boilerplate("\n".join((*STORY, line, *STORY)))[0] == "\n".join(STORY + STORY)


@pytest.mark.parametrize("line", PROSE)
def test_prose_that_begins_like_a_promotion_stays(line: str) -> None:
    for text in ("\n".join((*STORY, line, *STORY)), f"{line}\n{STORY[0]}", line):
        assert strip_boilerplate(text)[0] == text


@pytest.mark.parametrize("line", ("Advertisement", "Subscribe", "Share on Facebook"))
def test_a_line_of_a_wrapped_paragraph_stays(line: str) -> None:
    goes_on = f"The notice on the door of the harbour office read\n{line}\nAnd nobody knew why."
    comes_back = f"The notice had gone.\n{line}\nwas all that it had said."
    assert strip_boilerplate(goes_on)[0] == goes_on
    assert strip_boilerplate(comes_back)[0] == comes_back


def test_of_the_blank_lines_around_what_went_one_stays() -> None:
    assert strip_boilerplate("One went.\n\nAdvertisement\n\nTwo stayed.")[0] == "One went.\n\nTwo stayed."
    assert strip_boilerplate("One went.\n\n\nTwo stayed.")[0] == "One went.\n\n\nTwo stayed."


@pytest.mark.parametrize("text", ("", "\n", "  \n\n "))
def test_blank_text_has_no_boilerplate(text: str) -> None:
    assert find_boilerplate(text).spans == ()
    assert strip_boilerplate(text) == ("", None)


def test_only_boilerplate_leaves_nothing() -> None:
    assert strip_boilerplate("By Jane Doe\n\nAdvertisement\n\nSubscribe\n") == ("", "Jane Doe")


@pytest.mark.parametrize("words", ("By Jane Doe ", "Photo: A b/", "subscribe to our ", "© 2026 ", "Share on x ", " "))
def test_a_line_of_200_000_characters_is_read_at_once_and_stays(words: str) -> None:
    text = "x" + words * (200_000 // len(words)) + "x"
    started = thread_time()
    assert strip_boilerplate(text)[0] == text
    assert thread_time() - started < 1


@pytest.mark.parametrize("words", ("By Jane Doe, ", "Photo: A/B ", "Subscribe to A ", "AP Photo/A, ", "Follow A On "))
def test_ten_thousand_tricky_lines_take_no_time(words: str) -> None:
    line = (words * 40)[:199]
    started = thread_time()
    find_boilerplate(f"{line}!\n" * 10_000)
    assert thread_time() - started < 5


LINES = st.sampled_from((*STORY, *PROMOTIONS, *BYLINES, *PROSE, "", " ")) | st.text(max_size=60)


@given(st.lists(LINES, max_size=12).map("\n".join))
def test_spans_are_disjoint_lines_in_order_and_the_rest_is_kept(text: str) -> None:
    spans = find_boilerplate(text).spans
    starts = {0} | {index + 1 for index, character in enumerate(text) if character == "\n"}
    assert all(span.start in starts and (span.end in starts or span.end == len(text)) for span in spans)
    assert all(left.end <= right.start for left, right in zip(spans, spans[1:], strict=False))
    kept = list(text)
    for span in reversed(spans):
        del kept[span.start : span.end]
    assert strip_boilerplate(text)[0].split() == "".join(kept).split()
