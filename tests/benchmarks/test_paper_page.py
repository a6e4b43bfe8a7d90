import json

from paper.page import PAGE, RESULTS, page


def test_the_page_is_what_the_stored_reports_make():
    assert PAGE.read_text(encoding="utf-8") == page(RESULTS)


def stored(folder, name, preset):
    about = {"source": "somewhere", "seeds": "0, 1", "cost": "2.0 minutes"}
    content = {
        "title": "A title",
        "about": about,
        "lines": [{"way": "one", "n": "2"}],
        "verdict": "Disagrees: so it is.",
    }
    (folder / f"{name}-{preset}.json").write_text(json.dumps(content))


def test_a_report_is_a_part_with_its_table_its_sentence_and_its_picture(tmp_path):
    stored(tmp_path, "table12", "laptop")
    text = page(tmp_path)
    assert (
        "## table12: A title\n\nsource: somewhere; seeds: 0, 1; cost: 2.0 minutes.\n\n| way | n |\n|---|---|\n"
        "| one | 2 |\n\nDisagrees: so it is.\n\n![A title](images/results/table12-laptop.png)\n"
    ) in text


def test_what_was_only_tried_shows_no_numbers(tmp_path):
    stored(tmp_path, "table12", "tiny")
    stored(tmp_path, "table4", "tiny")
    text = page(tmp_path)
    assert "## table4: A title" in text
    assert "## table12" not in text
    assert "`table12`" in text.partition("## Only run to see that they run")[2]
