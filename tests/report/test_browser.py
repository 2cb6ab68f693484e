"""Each exported page in a real browser with the network cut: quiet, closed, readable on a phone."""

import shutil

import pytest
from by_hand import EVIL
from playwright.sync_api import sync_playwright

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine; .ci/run installs Debian's")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="module")
def pages(small_reports):
    """The indexes, and all pages of a small brand whose own name would be markup."""
    return sorted([*small_reports.glob("*.html"), *(small_reports / "good").rglob("*.html")])


@pytest.fixture(scope="module")
def browser():
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield started
        started.close()


@pytest.fixture
def open_page(browser):
    contexts = []

    def open_(path, width):
        context = browser.new_context(viewport={"width": width, "height": 800}, offline=True)
        contexts.append(context)
        tab = context.new_page()
        heard = {"requests": [], "console": [], "dialogs": [], "blocked": []}
        tab.on("requestfailed", lambda request: heard["blocked"].append((request.url, request.failure)))
        tab.on("request", lambda request: heard["requests"].append(request.url))
        tab.on("console", lambda message: heard["console"].append(message.text))
        tab.on("pageerror", lambda error: heard["console"].append(str(error)))
        tab.on("dialog", lambda dialog: (heard["dialogs"].append(dialog.message), dialog.dismiss()))
        tab.goto(path.as_uri())
        return tab, heard

    yield open_
    for context in contexts:
        context.close()


def test_there_are_reports_and_indexes_to_look_at(pages):
    assert sum(path.name.startswith("index") for path in pages) == 4
    assert sum(path.name[:2].isdigit() for path in pages) >= 2


@pytest.mark.parametrize("width", [360, 390, 1280])
def test_a_page_asks_for_nothing_says_nothing_and_does_not_scroll_sideways(pages, open_page, width):
    for path in pages:
        tab, heard = open_page(path, width)
        tab.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
        assert heard == {"requests": [path.as_uri()], "console": [], "dialogs": [], "blocked": []}, path
        assert tab.evaluate("document.documentElement.scrollWidth") <= width, path


def test_a_brands_name_that_is_markup_is_only_text(pages, open_page):
    for path in pages:
        tab, heard = open_page(path, 390)
        assert EVIL in tab.inner_text("body")
        assert tab.evaluate("document.images.length") == 0
        assert heard["dialogs"] == []


def test_the_policy_is_in_force(pages, open_page):
    for path in pages:
        tab, heard = open_page(path, 390)
        tab.evaluate(
            "const s = document.createElement('script'); s.textContent = 'window.ran = 1'; document.body.append(s)"
        )
        tab.evaluate("const i = new Image(); i.src = 'https://example.com/x.png'; document.body.append(i)")
        assert tab.evaluate("window.ran") is None
        assert any("Content Security Policy" in text for text in heard["console"])
        assert heard["blocked"] == [("https://example.com/x.png", "csp")]


def test_contents_lead_to_their_parts(pages, open_page):
    for path in (path for path in pages if path.name[:2].isdigit()):
        tab, _ = open_page(path, 390)
        tab.click("nav summary")
        links = tab.locator("nav a")
        assert links.count() >= 3
        for number in range(links.count()):
            part = links.nth(number).get_attribute("href")
            links.nth(number).click()
            assert tab.evaluate(
                f"Math.abs(document.querySelector('{part}').getBoundingClientRect().top) < 2 || innerHeight + scrollY >= document.body.scrollHeight - 2"
            )


def test_links_between_pages_lead_to_pages(pages, open_page):
    for path in pages:
        tab, _ = open_page(path, 390)
        hrefs = tab.eval_on_selector_all("a[href]", "links => links.map(link => link.getAttribute('href'))")
        assert [href for href in hrefs if not href.startswith("#") and not (path.parent / href).exists()] == []


def test_the_first_screen_of_a_phone_holds_the_answer(pages, open_page):
    for path in (path for path in pages if path.name[:2].isdigit()):
        tab, _ = open_page(path, 390)
        bottoms = tab.eval_on_selector_all(
            ".headline, .tile", "all => all.map(each => each.getBoundingClientRect().bottom)"
        )
        assert len(bottoms) >= 4
        assert max(bottoms) <= 800


def test_charts_speak_and_tables_have_scopes(pages, open_page):
    for path in (path for path in pages if path.name[:2].isdigit()):
        tab, _ = open_page(path, 390)
        labels = tab.eval_on_selector_all("[role=img]", "all => all.map(each => each.getAttribute('aria-label'))")
        assert labels
        assert all(len(label) >= 12 for label in labels)
        assert tab.evaluate("document.querySelectorAll('th:not([scope])').length") == 0
        ids = tab.eval_on_selector_all("[id]", "all => all.map(each => each.id)")
        assert len(ids) == len(set(ids))
