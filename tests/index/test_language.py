"""The language of an article: declarations in any spelling, detection that never wavers, and what it may not guess."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import langcodes
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.analysis.languages import LANGUAGES
from index.language import Detection, decide, decide_all, detect, detect_all
from index.language.declared import declared_code

DECLARED = """
de: de de-AT de_DE deu ger German Deutsch DEUTSCH de-Latn-DE-1996
en: en en-US en_US.UTF-8 eng simple English eng_Latn EN
zh: zh zh_Hant zh-cn zh-TW zho chi cmn Chinese 中文 zho_Hans
no: no nb nob nb-NO Norwegian nob_Latn norsk
nn: nn nno
sr: sr sr-Latn srp sh Serbian српски srp_Cyrl
ru: ru rus Russian русский rus_Cyrl
fa: fa pes per fas Persian Farsi فارسی prs
ar: ar arb_Arab العربية Arabic
ace: ace_Arab ace_Latn
he: he iw heb עברית
id: id in ind
fil: fil tl tgl Tagalog Filipino
pt: pt pt-BR Português
be: be be-tarask be-x-old bel Belarusian
yue: yue zh-yue yue_Hant
lzh: zh-classical
ja: ja jp jpn 日本語
uk: uk ua ukr українська
sw: sw swh_Latn swa Swahili
lv: lv lvs_Latn
"""
SPELLINGS = [
    (code.strip(), word)
    for line in DECLARED.strip().splitlines()
    for code, words in [line.split(":", 1)]
    for word in words.split()
]

TEXTS = {
    "de": "Der Gouverneur hat am Montag seine Befugnisse niedergelegt und sprach danach mit dem Rat der Stadt.",
    "en": "The governor laid down her powers on Monday and then spoke with the council of the city.",
    "fr": "Le gouverneur a déposé lundi ses pouvoirs et s’est ensuite entretenu avec le conseil de la ville.",
    "ru": "Губернатор сложил в понедельник свои полномочия и затем говорил с городским советом.",
    "uk": "Губернатор у понеділок склав свої повноваження і потім розмовляв із міською радою.",
    "ar": "تخلى المحافظ يوم الاثنين عن صلاحياته ثم تحدث مع مجلس المدينة حول الميزانية الجديدة.",
    "fa": "استاندار روز دوشنبه از اختیارات خود کناره گرفت و سپس با شورای شهر گفتگو کرد.",
    "hi": "राज्यपाल ने सोमवार को अपने अधिकार छोड़ दिए और फिर नगर परिषद से बात की।",
    "zh": "州长星期一放弃了权力，随后与市议会谈话。",
    "ja": "知事は月曜日に権限を手放し、その後市議会と話した。",
    "ko": "주지사는 월요일에 권한을 내려놓고 시의회와 이야기했다.",
    "th": "ผู้ว่าการวางอำนาจเมื่อวันจันทร์แล้วพูดคุยกับสภาเมือง",
    "he": "המושל הניח ביום שני את סמכויותיו ואחר כך שוחח עם מועצת העיר.",
    "el": "Ο κυβερνήτης παραιτήθηκε τη Δευτέρα και μίλησε με το συμβούλιο της πόλης.",
    "be": "Губернатар у панядзелак склаў свае паўнамоцтвы і пасля размаўляў з гарадскім саветам.",
    "kk": "Губернатор дүйсенбіде өкілеттігін тапсырып, содан кейін қалалық кеңеспен сөйлесті.",
    "ky": "Губернатор дүйшөмбү күнү ыйгарым укуктарын тапшырып, андан кийин шаардык кеңеш менен сүйлөштү.",
    "tg": "Ҳоким рӯзи душанбе ваколатҳои худро супорид ва баъд бо шӯрои шаҳр суҳбат кард.",
    "tt": "Губернатор дүшәмбе көнне вәкаләтләрен тапшырды һәм аннары шәһәр советы белән сөйләште.",
    "mn": "Засаг дарга даваа гарагт бүрэн эрхээ хүлээлгэн өгч, дараа нь хотын зөвлөлтэй ярилцлаа.",
    "sr": "Гувернер је у понедељак предао своја овлашћења и потом разговарао са већем грађана.",
    "sr in Latin letters": "Guverner je predao ovlašćenja, pa je čovek ceo dan razgovarao sa gradskim većem o vremenu.",
    "hr": "Guverner je u ponedjeljak predao svoje ovlasti i zatim razgovarao s gradskim vijećem o proračunu.",
    "az": "Qubernator bazar ertəsi səlahiyyətlərini təhvil verdi və sonra şəhər şurası ilə danışdı.",
    "uz": "Hokim dushanba kuni o‘z vakolatlarini topshirdi va keyin shahar kengashi bilan suhbatlashdi.",
    "uz in Cyrillic": "Ҳоким душанба куни ўз ваколатларини топширди ва кейин шаҳар кенгаши билан суҳбатлашди.",
    "eu": "Gobernadoreak astelehenean utzi zituen bere eskumenak, eta gero hiriko kontseiluarekin hitz egin zuen.",
    "gl": "A gobernadora deixou o luns os seus poderes e despois falou co concello da cidade sobre os orzamentos.",
    "ga": "D’éirigh an gobharnóir as a chuid cumhachtaí Dé Luain agus ansin labhair sé le comhairle na cathrach.",
    "is": "Ríkisstjórinn lét af völdum á mánudaginn og ræddi síðan við borgarráðið um fjárlögin.",
    "mt": "Il-gvernatur ċeda s-setgħat tiegħu nhar it-Tnejn u mbagħad tkellem mal-kunsill tal-belt.",
    "lb": "De Gouverneur huet e Méindeg seng Muecht ofginn an duerno mam Stadrot geschwat.",
    "eo": "La guberniestro lunde demetis siajn povojn kaj poste parolis kun la urba konsilio pri la buĝeto.",
    "ms": "Gabenor itu meletak jawatan pada hari Isnin dan kemudian bercakap dengan majlis bandar kerana belanjawan.",
    "ha": "Gwamnan ya mika ikonsa a ranar Litinin, sannan ya yi magana da majalisar birnin game da kasafin kuɗi.",
    "yo": "Gómìnà fi agbára rẹ̀ sílẹ̀ ní ọjọ́ Ajé, lẹ́yìn náà ó sì bá ìgbìmọ̀ ìlú sọ̀rọ̀ nípa ètò ìnáwó.",
    "ig": "Gọvanọ ahụ hapụrụ ike ya na Mọnde wee kparịta ụka na ndị kansụl obodo ahụ banyere mmefu ego.",
    "zu": "Umbusi uwabekile phansi amandla akhe ngoMsombuluko wabe esekhuluma nomkhandlu wedolobha.",
    "rw": "Guverineri yeguye ku bubasha bwe ku wa mbere hanyuma aganira n’inama njyanama y’umujyi.",
    "ku": "Walî roja duşemê desthilata xwe radestî kir û paşê bi encûmena bajêr re axivî.",
    "ckb": "پارێزگار ڕۆژی دووشەممە دەسەڵاتەکانی خۆی ڕادەست کرد و پاشان لەگەڵ ئەنجومەنی شار قسەی کرد.",
    "ps": "والي د دوشنبې په ورځ خپل واکونه وسپارل او بيا يې د ښار له شورا سره خبرې وکړې.",
    "sd": "گورنر سومر ڏينهن پنھنجا اختيار ڇڏي ڏنا ۽ پوءِ شهر جي ڪائونسل سان ڳالهايو.",
    "ug": "ۋالىي دۈشەنبە كۈنى ھوقۇقىنى تاپشۇردى ۋە كېيىن شەھەر كېڭىشى بىلەن سۆزلەشتى.",
    "yi": "דער גובערנאַטאָר האט מאנטיק אפגעגעבן זיין מאכט און דערנאך גערעדט מיטן שטאטראט.",
    "am": "አስተዳዳሪው ሰኞ ዕለት ሥልጣናቸውን ለቀው ከከተማው ምክር ቤት ጋር ተነጋገሩ።",
    "ti": "ኣመሓዳሪ ንሰኑይ ስልጣኑ ኣረኪቡ ድሕሪኡ ምስ ቤት ምኽሪ ከተማ ተዘራሪቡ።",
    "ka": "გუბერნატორმა ორშაბათს უფლებამოსილება დადო და ქალაქის საბჭოს ესაუბრა.",
    "hy": "Նահանգապետը երկուշաբթի վայր դրեց իր լիազորությունները և խոսեց խորհրդի հետ։",
    "km": "អភិបាលបានដាក់អំណាចចុះនៅថ្ងៃចន្ទ ហើយបាននិយាយជាមួយក្រុមប្រឹក្សាទីក្រុង",
    "my": "အုပ်ချုပ်ရေးမှူးသည် တနင်္လာနေ့တွင် အာဏာကို စွန့်လွှတ်ခဲ့သည်",
    "lo": "ເຈົ້າແຂວງໄດ້ມອບອຳນາດໃນວັນຈັນ ແລະ ຫຼັງຈາກນັ້ນໄດ້ລົມກັບສະພາເມືອງ",
    "si": "ආණ්ඩුකාරවරයා සඳුදා තම බලතල අතහැර පසුව නගර සභාව සමඟ කතා කළේය.",
    "or": "ରାଜ୍ୟପାଳ ସୋମବାର ଦିନ ନିଜ କ୍ଷମତା ଛାଡ଼ିଲେ ଏବଂ ପରେ ନଗର ପରିଷଦ ସହ କଥା ହେଲେ।",
    "as": "ৰাজ্যপালে সোমবাৰে নিজৰ ক্ষমতা এৰিলে আৰু পিছত নগৰ পৰিষদৰ সৈতে কথা পাতিলে।",
    "yue": "州長星期一已經唔做喇，之後佢同市議會啲人傾咗好耐，嘅嘢都講晒。",
    "ta": "ஆளுநர் திங்களன்று தனது அதிகாரங்களை விட்டுக்கொடுத்து நகர மன்றத்துடன் பேசினார்.",
}
NOT_JUDGED = {
    "too short": "Kiosk",
    "empty": "",
    "figures": "12.03.2026 4:2 17% " * 10,
    "punctuation": "... !!! ??? " * 20,
}


@pytest.mark.parametrize(("code", "word"), SPELLINGS)
def test_a_declaration_is_understood_in_any_spelling(code: str, word: str) -> None:
    assert declared_code(word) == code
    assert decide(f" {word} ", "", "") == Detection(code, 1.0, "declared")


@pytest.mark.parametrize(
    ("code", "phrase"),
    [
        ("zh", "Chinese (Traditional)"),
        ("en", "English, US"),
        ("pt", "Brazilian Portuguese"),
        ("no", "Norwegian Bokmål"),
        ("ku", "Kurdish"),
    ],
)
def test_names_of_several_words_are_understood(code: str, phrase: str) -> None:
    assert declared_code(phrase) == code


@pytest.mark.parametrize(
    "word", ["", " ", "???", "xx", "unknown", "und", "mul", "zxx", "qaa", "x-foo", "html", "-", "a" * 999]
)
def test_a_declaration_that_means_nothing_is_passed_over(word: str) -> None:
    assert declared_code(word) is None
    assert decide(word, "", TEXTS["de"]).source == "detected"


def test_a_code_of_ours_means_what_the_register_says() -> None:
    ours = {"eml": None, "pnb": "pnb"}  # no longer a code; a language of its own here
    for code in LANGUAGES:
        registered = langcodes.get(langcodes.standardize_tag(code, macro=True), normalize=False).language
        assert declared_code(code) == ours.get(code, registered)


def test_a_declared_language_wins_over_the_text() -> None:
    assert decide("sv", "", TEXTS["de"]) == Detection("sv", 1.0, "declared")


def test_title_and_body_are_read_together() -> None:
    words = TEXTS["de"].split()
    assert decide(None, " ".join(words[:4]), " ".join(words[4:])).lang == "de"


@pytest.mark.parametrize("lang", TEXTS)
def test_texts_are_recognised(lang: str) -> None:
    found = detect(TEXTS[lang])
    assert (found.lang, found.source) == (lang.split()[0], "detected")
    assert 0.8 <= found.confidence <= 1


def test_capitals_are_read_too() -> None:
    assert detect(TEXTS["en"].upper()).lang == "en"


@pytest.mark.parametrize("what", NOT_JUDGED)
def test_what_can_not_be_judged_is_undetermined(what: str) -> None:
    assert detect(NOT_JUDGED[what]) == Detection("und", 0.0, "none")


def test_the_answer_is_the_same_in_any_order_thread_and_process() -> None:
    texts = [*TEXTS.values(), *(text[:45] for text in TEXTS.values())]
    expected = [detect(text) for text in texts]
    seed = 20260205
    order = random.Random(seed).sample(range(len(texts)), len(texts))
    assert [detect(texts[at]) for at in order] == [expected[at] for at in order], f"seed {seed}"
    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(detect, texts * 3)) == expected * 3
    code = (
        "import json, sys; from index.language import detect; random = __import__('random'); random.seed(1);"
        "print(json.dumps([[d.lang, d.confidence] for d in map(detect, json.load(sys.stdin))]))"
    )
    for _ in range(2):
        done = subprocess.run(
            [sys.executable, "-c", code],
            input=json.dumps(texts),
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        )
        assert json.loads(done.stdout) == [[found.lang, found.confidence] for found in expected]


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=60), st.none() | st.text(max_size=12))
def test_no_text_and_no_declaration_breaks_it(text: str, declared: str | None) -> None:
    found = decide(declared, text, text)
    assert 0 <= found.confidence <= 1
    assert (found.lang == "und") == (found.source == "none") == (found.confidence == 0)


LONE = {
    "surrogates": "\ud800 \udfff",
    "surrogates among letters": "\ud800 The governor laid down \udc00 her powers on Monday.",
    "nothing but marks": "\u0301\u0302\u0303" * 30,
    "zeros": "\0" * 100,
    "private characters": "\ue000\U000f0000\U0010ffff" * 20,
    "one word for ever": "a" * 100_000,
    "a letter of each script": "aаαא ا क ก 漢 가 ა አ",
}


@pytest.mark.parametrize("what", LONE)
def test_any_string_gets_an_answer(what: str) -> None:
    found = detect(LONE[what])
    assert found == detect(LONE[what])
    assert (found.lang == "und") == (found.source == "none")
    assert decide(None, LONE[what], LONE[what]).lang == detect(f"{LONE[what][:150]}\n{LONE[what]}").lang


def test_the_language_of_most_of_a_body_is_its_language() -> None:
    german, english = TEXTS["de"] + " ", TEXTS["en"] + " "
    assert decide(None, TEXTS["en"], german * 5).lang == "de"
    assert decide(None, TEXTS["de"], english * 2 + german * 10).lang == "de"
    assert decide(None, TEXTS["de"], german * 1 + english * 10).lang == "en"
    assert decide(None, "", TEXTS["ru"] * 8 + TEXTS["en"]).lang == "ru"


def test_where_only_han_stands_the_declaration_and_then_the_body_decide() -> None:
    title = "東京都知事選挙開票速報"
    assert decide("ja", title, "").lang == "ja"
    assert decide("zh", title, "").lang == "zh"
    assert decide(None, title, TEXTS["ja"] * 3).lang == "ja"
    assert decide(None, title, TEXTS["zh"] * 8).lang == "zh"


def test_traditional_and_simplified_characters_are_both_chinese() -> None:
    assert detect("州長星期一放棄了權力，隨後與市議會談話，並討論了預算。").lang == "zh"
    assert detect(TEXTS["zh"]).lang == "zh"


@pytest.mark.parametrize(
    ("lang", "title"),
    [
        ("de", "Bundestag beschließt neues Gesetz"),
        ("fr", "Le gouvernement annonce une réforme"),
        ("es", "El gobierno anuncia nuevas medidas"),
        ("ru", "Правительство объявило о реформе"),
        ("ka", "ახალი კანონი"),
        ("th", "รัฐบาลประกาศ"),
        ("ko", "정부 발표"),
        ("el", "Νέος νόμος"),
        ("und", "Roma - Milan 2:1"),
        ("und", "ABC"),
    ],
)
def test_a_short_title_is_answered_where_it_is_sure(lang: str, title: str) -> None:
    assert detect(title).lang == lang


def test_addresses_do_not_count() -> None:
    assert detect(f"https://example.com/the-governor-and-the-city-council {TEXTS['de'][:60]}").lang == "de"


def test_a_hostile_length_costs_no_more_than_a_short_text() -> None:
    long = TEXTS["de"] * 50_000
    assert decide("x" * 1_000_000, long, long).lang == "de"


SOME_TEXT = st.lists(st.sampled_from([*TEXTS.values(), *LONE.values()]) | st.text(max_size=60), max_size=3).map(
    " ".join
)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.sampled_from([None, "de", "no language"]), SOME_TEXT, SOME_TEXT), max_size=12))
def test_articles_together_are_told_as_each_alone(articles: list[tuple[str | None, str, str]]) -> None:
    assert decide_all(articles) == [decide(*article) for article in articles]
    texts = [text for _, title, body in articles for text in (title, body)]
    assert detect_all(texts) == [detect(text) for text in texts]
