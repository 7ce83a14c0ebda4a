"""Groups of more words than a pass has bits."""

from __future__ import annotations

from pathlib import Path

from search import SearchRequest, open_searcher
from tests.archive import article, build_index


def test_a_condition_may_stand_among_more_words_than_a_pass_has_bits(tmp_path: Path) -> None:
    rows = [article("北京大学", "收成", "zh", section="world"), article("海王", "木星有水", "zh", section="world")]
    run = "上府工海中国人学作的生政在济经北一二三四五六七八九十土木火水金日月山川田"
    with open_searcher(build_index(tmp_path / "index", rows)) as searcher:
        result = searcher.search(SearchRequest(q=f"({run} 北京 OR section:sport)", op="any"))
    assert [hit.title.text for hit in result.hits] == ["北京大学"]
