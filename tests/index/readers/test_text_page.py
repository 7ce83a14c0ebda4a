"""The plain text of a page gives its article, and nothing of menus and footer, in any language."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from index.article import RawArticle
from tests.index.readers.archives import load, load_bytes

BODY = (
    "BRIGHTHAVEN, 14 March (Harbour Wire) – The new ferry line between the two islands opened on Saturday morning.",
    "More than four hundred people came to the quay, many of them with bicycles. “We waited nine years”, said one.",
    "The crossing takes forty minutes, and the first boat leaves at six.",
)

WRAPPED = (
    "The new ferry line between the two islands opened on Saturday\nmorning, nine years after it was first promised"
    " to the people who\nlive there."
)


@dataclass(frozen=True)
class Layout:
    """A page as the agency lays it out."""

    menus: tuple[str, ...] = ("Projects", "Government", "flag Saturday, 14 March 2026", "All news", "All news")
    section: str | None = "Economy"
    date: str = "14 March 2026, 09:05"
    headline: str = "Ferry line between the islands opens after nine years"
    body: tuple[str, ...] = BODY
    footer: tuple[str, ...] = ("", "", "Subscribe to us on", "X", "Latest news from the coast")

    def text(self) -> str:
        top = [*self.menus, *([self.section] if self.section else []), self.date]
        return "\n".join([*top, "", self.headline, "", *"\n\n".join(self.body).split("\n"), *self.footer]) + "\n"

    def expect(self, article: RawArticle, published: str) -> None:
        assert article.title == self.headline
        assert article.section == self.section
        assert (article.published, article.date_source) == (published, "text")
        assert article.body.split("\n") == list(self.body)


def one(tmp_path: Path, layout: Layout | str) -> RawArticle:
    return load_bytes(tmp_path, "page.txt", layout if isinstance(layout, str) else layout.text()).only


MENUS = tuple(f"Menu entry {name}" for name in "abcdefghijklmnopqrstuvwxyzäöüß")
OVER_LONG = "A menu entry of this site that is a good deal longer than the headline of the page that it stands on is"


@pytest.mark.parametrize(
    "menus",
    [
        (),
        ("Home", "Projects", "All news"),
        MENUS,
        (OVER_LONG, "News"),
        ("", "Home", "", "", "News", ""),
        ("News", OVER_LONG),
    ],
    ids=["none", "three", "thirty", "over-long first", "with blank lines", "over-long last"],
)
def test_menus_before_the_date_are_no_part_of_the_article(tmp_path: Path, menus: tuple[str, ...]) -> None:
    layout = Layout(menus=menus)
    layout.expect(one(tmp_path, layout), "2026-03-14T09:05")


@pytest.mark.parametrize(
    "menus",
    [
        (),
        ("Home", "All news", "All news"),
        ("Home", "flag Saturday, 14 March 2026"),
        ("Home", OVER_LONG),
        ("Home", "This line is a sentence."),
        ("12", "***"),
    ],
)
def test_a_page_without_a_section_has_none(tmp_path: Path, menus: tuple[str, ...]) -> None:
    layout = Layout(menus=menus, section=None)
    layout.expect(one(tmp_path, layout), "2026-03-14T09:05")


def test_the_last_step_of_a_path_is_the_section(tmp_path: Path) -> None:
    for path in ("Home > News > Economy", "Home » Economy", "News / Economy"):
        assert one(tmp_path, Layout(section=path)).section == "Economy"


def test_short_paragraphs_are_kept_line_by_line(tmp_path: Path) -> None:
    body = tuple(
        f"The {word} boat left the harbour at {hour}." for hour, word in enumerate(("first", "second", "third"), 6)
    )
    assert max(map(len, body)) <= 40
    layout = Layout(body=body)
    layout.expect(one(tmp_path, layout), "2026-03-14T09:05")
    close = Layout(body=("\n".join(body),))
    assert one(tmp_path, close).body.split("\n") == list(body)


def test_a_short_last_sentence_that_stands_as_near_as_the_others_is_kept(tmp_path: Path) -> None:
    layout = Layout(body=(*BODY, "He smiled."))
    layout.expect(one(tmp_path, layout), "2026-03-14T09:05")


@pytest.mark.parametrize(
    "footer",
    [
        (),
        ("", "Share", "Print"),
        ("", "", "Follow us!"),
        ("", "", "", "Subscribe to our channel so that you never miss what happens.", "X", "Latest news"),
        ("", "", "© 1999–2026 Harbour Wire", "About us"),
    ],
)
def test_the_footer_is_no_part_of_the_article(tmp_path: Path, footer: tuple[str, ...]) -> None:
    layout = Layout(footer=footer)
    layout.expect(one(tmp_path, layout), "2026-03-14T09:05")


def test_subheadings_between_paragraphs_are_kept(tmp_path: Path) -> None:
    layout = Layout(body=(BODY[0], "What it costs", BODY[1]))
    layout.expect(one(tmp_path, layout), "2026-03-14T09:05")


def test_a_headline_on_two_lines_is_one(tmp_path: Path) -> None:
    text = Layout(headline="Ferry line between the islands\nopens after nine years").text()
    assert one(tmp_path, text).title == "Ferry line between the islands opens after nine years"


def test_a_headline_right_above_the_body_is_not_taken_for_a_part_of_it(tmp_path: Path) -> None:
    text = "News\n14 March 2026, 09:05\nFerry line opens\n" + "\n".join(BODY)
    article = one(tmp_path, text)
    assert (article.title, article.body.split("\n")) == ("Ferry line opens", list(BODY))


@pytest.mark.parametrize(
    "body",
    [(BODY[0] * 2, BODY[1]), (BODY[0], BODY[1]), (WRAPPED, BODY[1]), (BODY[1],)],
    ids=["long", "shorter", "hard-wrapped", "alone"],
)
def test_a_title_above_the_date_is_found_where_the_body_follows_the_date(tmp_path: Path, body: tuple[str, ...]) -> None:
    text = "\n\n".join(body)
    article = one(tmp_path, f"Ferry line between the islands opens\nBy A. Sailor\n14 March 2026, 09:05\n\n{text}\n")
    assert article.title == "Ferry line between the islands opens"
    assert article.published == "2026-03-14T09:05"
    assert article.body == "\n".join(paragraph.replace("\n", " ") for paragraph in body)


def test_a_headline_that_is_a_sentence_is_the_headline_where_menus_alone_stand_above(tmp_path: Path) -> None:
    headline = "The ferry line between the islands opens after nine years of talks, "
    layout = Layout(headline=headline + "and the whole coast comes to see it sail.")
    assert len(layout.headline) > 100
    layout.expect(one(tmp_path, layout), "2026-03-14T09:05")


def test_a_hard_wrapped_body_is_joined_to_paragraphs(tmp_path: Path) -> None:
    second = "More than four hundred people came to the quay, many of them with\nbicycles, and a band played."
    article = one(tmp_path, Layout(body=(WRAPPED, second)))
    assert article.body.split("\n") == [WRAPPED.replace("\n", " "), second.replace("\n", " ")]


def test_a_date_of_numbers_is_handed_on_as_written_since_the_archive_decides_its_order(tmp_path: Path) -> None:
    assert one(tmp_path, Layout(date="03.04.2026 09:05")).published == "03.04.2026 09:05"


LANGUAGES = {
    "de": Layout(
        ("Übersicht", "Behörden", "flag Samstag, 14 März 2026", "Alle Meldungen", "Alle Meldungen"),
        "Wirtschaft",
        "14 März 2026, 09:05",
        "Fährlinie zwischen den Inseln nach neun Jahren eröffnet",
        (
            "HELLHAFEN, 14. März (Hafenfunk) – Die neue Fähre zwischen den Inseln fährt seit Samstag.",
            "Über vierhundert Menschen kamen an den Kai. „Wir haben neun Jahre gewartet“, sagte eine Frau.",
        ),
        ("", "", "Folgen Sie uns auf", "X", "Neues von der Küste"),
    ),
    "ru": Layout(
        ("Проекты", "Госорганы", "flag Суббота, 14 марта 2026", "Все новости", "Все новости"),
        "Экономика",
        "14 марта 2026, 09:05",
        "Паромная линия между островами открылась через девять лет",
        (
            "СВЕТЛЫЙ, 14 марта /Портовый вестник/. Новый паром между островами вышел в первый рейс в субботу утром.",
            "На причал пришло больше четырёхсот человек. «Мы ждали девять лет», – сказала одна из них.",
        ),
        ("", "", "Подписывайтесь на нас в", "X", "Новости побережья"),
    ),
    "es": Layout(
        ("Proyectos", "Gobierno", "flag Sábado, 14 Marzo 2026", "Todas las noticias", "Todas las noticias"),
        "Economía",
        "14 Marzo 2026, 09:05",
        "Abre la línea de ferry entre las islas tras nueve años",
        (
            "PUERTO CLARO, 14 mar – El nuevo ferry entre las dos islas zarpó el sábado por la mañana por primera vez.",
            "Más de cuatrocientas personas llegaron al muelle. ¿Y mañana? «Volveremos», dijo una vecina.",
        ),
        ("", "", "Síguenos en", "X", "Últimas noticias de la costa"),
    ),
    "pl": Layout(
        ("Projekty", "Urzędy", "flag Sobota, 14 Marzec 2026", "Wszystkie wiadomości", "Wszystkie wiadomości"),
        "Gospodarka",
        "14 marca 2026, 09:05",
        "Po dziewięciu latach otwarto linię promową między wyspami",
        (
            "JASNY PORT, 14 marca – Nowy prom między dwiema wyspami wypłynął w sobotę rano w pierwszy rejs.",
            "Na nabrzeże przyszło ponad czterysta osób. „Czekaliśmy dziewięć lat” – powiedziała jedna z nich.",
        ),
        ("", "", "Obserwuj nas na", "X", "Najnowsze wiadomości z wybrzeża"),
    ),
    "zh": Layout(
        ("项目", "政府机构", "flag 星期六, 14 三月 2026", "所有新闻", "所有新闻"),
        "经济",
        "2026年3月14日 09:05",
        "两岛之间的轮渡航线九年后开通",
        (
            "明港3月14日电，两座岛屿之间的新渡轮星期六早晨首次启航，四百多人来到码头。",
            "“我们等了九年。”一位居民说，“明天我还要再来坐一次船。”",
        ),
        ("", "", "关注我们", "X", "海岸最新消息"),
    ),
    "fr": Layout(
        ("Projets", "Autorités", "flag Samedi, 14 Mars 2026", "Toutes les nouvelles", "Toutes les nouvelles"),
        "Économie",
        "14 Mars 2026, 09:05",
        "La ligne de ferry entre les îles ouvre après neuf ans",
        (
            "PORT-CLAIR, 14 mars – Le nouveau ferry entre les deux îles a pris la mer samedi matin, enfin.",
            "Plus de quatre cents personnes sont venues. « Nous avons attendu neuf ans », dit une habitante.",
        ),
        ("", "", "Abonnez-vous à nous sur", "X", "Dernières nouvelles de la côte"),
    ),
    "be": Layout(
        ("Праекты", "Дзяржорганы", "flag Субота, 14 сакавіка 2026", "Усе навіны", "Усе навіны"),
        "Эканоміка",
        "14 сакавіка 2026, 09:05",
        "Паромная лінія паміж астравамі адкрылася праз дзевяць гадоў",
        (
            "СВЕТЛЫ, 14 сакавіка – Новы паром паміж двума астравамі выйшаў у першы рэйс у суботу раніцай.",
            "На прычал прыйшло больш за чатырыста чалавек. «Мы чакалі дзевяць гадоў», – сказала адна з іх.",
        ),
        ("", "", "Падпісвайцеся на нас у", "X", "Навіны ўзбярэжжа"),
    ),
    "ar": Layout(
        ("مشاريع", "الحكومة", "flag السبت, 14 مارس 2026", "كل الأخبار", "كل الأخبار"),
        "اقتصاد",
        "14 مارس 2026, 09:05",
        "افتتاح خط العبارات بين الجزيرتين بعد تسع سنوات",
        (
            "انطلقت العبارة الجديدة بين الجزيرتين صباح يوم السبت للمرة الأولى.",
            "هل ستعود غدا؟ قالت إحدى الساكنات إنها انتظرت تسع سنوات طويلة.",
        ),
        ("", "", "تابعونا على", "X", "آخر أخبار الساحل"),
    ),
    "hi": Layout(
        ("परियोजनाएं", "सरकार", "flag शनिवार, 14 मार्च 2026", "सभी समाचार", "सभी समाचार"),
        "अर्थव्यवस्था",
        "14 मार्च 2026, 09:05",
        "नौ साल बाद द्वीपों के बीच नौका सेवा शुरू",
        (
            "दो द्वीपों के बीच नई नौका शनिवार की सुबह पहली बार रवाना हुई।",
            "घाट पर चार सौ से अधिक लोग आए और उन्होंने लंबे समय तक तालियां बजाईं।",
        ),
        ("", "", "हमें फॉलो करें", "X", "तट के ताजा समाचार"),
    ),
}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_layout_is_understood_in_any_language(tmp_path: Path, lang: str) -> None:
    layout = LANGUAGES[lang]
    layout.expect(one(tmp_path, layout), "2026-03-14T09:05")
    without = replace(layout, section=None)
    without.expect(one(tmp_path, without), "2026-03-14T09:05")


def test_a_page_in_an_old_encoding_is_the_same_article(tmp_path: Path) -> None:
    layout = LANGUAGES["ru"]
    for encoding in ("utf-8-sig", "utf-16", "cp1251"):
        content = layout.text().replace("–", "-").encode(encoding)
        expected = replace(layout, body=tuple(text.replace("–", "-") for text in layout.body))
        expected.expect(load_bytes(tmp_path, "page.txt", content).only, "2026-03-14T09:05")


NO_LAYOUT = {
    "title and paragraphs": (
        "The bridge that nobody crossed\n\nIt took eleven months to build, and it cost more than the school."
        "\n\nToday it is closed.\n",
        ("The bridge that nobody crossed", 2),
    ),
    "title, then wrapped lines": (
        "A short history of the lighthouse\n\nThe tower was built of stone that had been brought by boat from the\n"
        "other side of the bay, and it took three winters until the lamp was\nlit for the first time.\n",
        ("A short history of the lighthouse", 1),
    ),
    "a date without a time": (
        "Harvest festival draws record crowd\n14 March 2026\n\nSome nine thousand came to the meadow on Sunday.\n",
        ("Harvest festival draws record crowd", 2),
    ),
    "a question as title": (
        "Who owns the river?\n\nThree towns say that they do, and each has papers.\n",
        ("Who owns the river?", 1),
    ),
    "text alone": (
        "The mayor said on Monday that the pool would open again in May. Nobody believed it at first."
        "\n\nThen the water came, and it was warm.\n",
        ("", 2),
    ),
    "one long line": ("Snow fell on the pass all night and the road stayed closed until noon on Tuesday.", ("", 1)),
    "Japanese": (
        "港の新しい灯台\n\n三年かけて建てられた灯台に、土曜日の夜に初めて明かりがともされた。\n",
        ("港の新しい灯台", 1),
    ),
    "Thai": (
        "สะพานใหม่ข้ามแม่น้ำ\n\nสะพานใหม่ข้ามแม่น้ำเปิดใช้เมื่อเช้าวันเสาร์ มีผู้คนมากกว่าสี่ร้อยคนมาร่วมงานพร้อมกับจักรยานของพวกเขา\n",
        ("สะพานใหม่ข้ามแม่น้ำ", 1),
    ),
    "a list": ("milk\nbread\neggs\nbutter\n", "no running text: no line or paragraph in it ends like a sentence"),
    "a table": (
        "1.0 2.0 3.0 4.0 5.0 6.0 7.0 8.0 9.0 10.0.\n" * 20,
        "no running text",
    ),
    "configuration": ("host = 127.0.0.1\nport = 8080\ndebug = true\n", "no running text: no line or paragraph in it"),
    "times of boats": (
        "14 March 2026, 09:05\nNorth\n14 March 2026, 10:05\nSouth\n",
        "no running text: no line or paragraph in it",
    ),
}


@pytest.mark.parametrize("name", NO_LAYOUT)
def test_a_text_in_no_such_layout_is_loaded_or_rejected_in_words(tmp_path: Path, name: str) -> None:
    content, expected = NO_LAYOUT[name]
    outcome = load_bytes(tmp_path, "some.txt", content)
    if isinstance(expected, str):
        assert outcome.reason.startswith(expected)
        return
    assert (outcome.only.title, len(outcome.only.body.split("\n"))) == expected
    assert outcome.only.published is None


def test_a_page_of_thousands_of_dates_is_decided_quickly(tmp_path: Path) -> None:
    lines = "".join(f"{day} Smarch {2000 + day % 30}, 12:{day % 60:02}\n" for day in range(20_000))
    assert "no running text" in load_bytes(tmp_path, "a.txt", lines).reason


@pytest.mark.shared
def test_the_page_that_the_project_was_started_from_is_one_article(shared: Path) -> None:
    article = load(shared / "seeds").only
    assert article.title == "Lukaschenko: Interregionale Zusammenarbeit mit Kasachstan muss vorangetrieben werden"
    assert article.section == "Präsident"
    assert (article.published, article.date_source) == ("2026-02-05T12:38", "text")
    paragraphs = article.body.split("\n")
    assert len(paragraphs) == 6
    assert paragraphs[0].startswith("MINSK, 5. Februar (BelTA) –")
    assert paragraphs[-1].endswith("betonte der Staatschef.")
    for word in ("Staatsorgane", "Abonnieren", "Nachrichten", "Projekte"):
        assert word not in f"{article.title} {article.section} {article.body}"
