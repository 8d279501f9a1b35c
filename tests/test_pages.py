"""Every page of the real site in a browser: whole, offline, accessible, and fit for a phone."""

import re
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from importlib import resources
from pathlib import Path
from urllib.parse import unquote, urlsplit

import chromium
import pytest

ROOT = Path(__file__).parents[1]
AXE = resources.files("axe_core_python") / "axe.min.js"
PHONE, DESKTOP = 390, 1280

pytestmark = [
    pytest.mark.kernel,
    pytest.mark.skipif(
        chromium.executable() is None, reason="needs Chromium or Chrome on the PATH"
    ),
]


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """Return the site of the committed notebooks."""
    place = tmp_path_factory.mktemp("the site")
    ignored = shutil.ignore_patterns(".*", "__pycache__")
    for name in ("notebooks", "figures"):
        shutil.copytree(ROOT / name, place / name, ignore=ignored)
    command = [sys.executable, "-m", "sphinx", "-q", "-b", "html", "-d", place / "doctrees"]
    done = subprocess.run(
        [*command, place / "notebooks", place / "site"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    (place / "said").write_text(done.stderr)
    return place / "site"


@pytest.fixture(scope="module")
def pages(site):
    """Return every page that a reader can open."""
    found = sorted(path for path in site.rglob("*.html") if "_static" not in path.parts)
    assert len(found) > 20
    return found


@pytest.fixture(scope="module")
def browser():
    page = chromium.Page()
    yield page
    page.close()


def test_sphinx_has_nothing_to_say(site):
    assert (site.parent / "said").read_text() == ""


def test_every_page_loads_from_files_alone_without_a_complaint(browser, pages):
    browser.resize(DESKTOP, 900)
    for path in pages:
        browser.requests.clear()
        browser.complaints.clear()
        browser.open(path.as_uri())
        assert browser.requests, path
        far = [each for each in browser.requests if not each.startswith(("file:", "data:"))]
        assert (path.name, far, browser.complaints) == (path.name, [], [])


def test_no_page_scrolls_sideways_on_a_phone(browser, pages):
    browser.resize(PHONE, 844)
    wide = {}
    for path in pages:
        browser.open(path.as_uri())
        width = browser.run("document.documentElement.scrollWidth")
        if width > PHONE:
            wide[path.name] = width
    assert wide == {}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_fault(browser, pages, scheme):
    browser.resize(DESKTOP, 900)
    browser.prefer(scheme)
    faults = {}
    for path in pages:
        browser.open(path.as_uri())
        for rule, where in _axe(browser):
            faults.setdefault(rule, []).append(f"{path.name}: {where}")
    assert faults == {}


def _axe(browser):
    """Yield the rules of WCAG 2.1 A and AA that the page breaks, each with its first element."""
    browser.run(f"{AXE.read_text('utf-8')}; 0")
    # Half way through a transition from one scheme to the other, contrasts are those of neither.
    browser.wait("document.getAnimations().every((each) => each.playState !== 'running')")
    tags = "['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa']"
    found = browser.run(
        f"axe.run({{runOnly: {{type: 'tag', values: {tags}}}}}).then((found) => "
        "found.violations.map((each) => [each.id, each.nodes[0].html.slice(0, 200)]))"
    )
    yield from found


def test_axe_is_awake(browser, tmp_path):
    (tmp_path / "faulty.html").write_text(
        "<html><p style='color:#aaa;background:#fff'>faint</p><img src='data:,'></html>"
    )
    browser.prefer("light")
    browser.open((tmp_path / "faulty.html").as_uri())
    assert {rule for rule, _ in _axe(browser)} >= {"color-contrast", "image-alt", "html-has-lang"}


class Links(HTMLParser):
    """The links, the places one can link to, the pictures and the headings of a page."""

    def __init__(self, path):
        super().__init__()
        self.links, self.places, self.pictures, self.headings = [], set(), [], []
        self.article = False  # what stands outside is the theme's, some of it for printing only
        self.feed(path.read_text("utf-8"))

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        self.places |= {given[key] for key in ("id", "name") if given.get(key)}
        if tag == "a" and given.get("href"):
            self.links.append(given["href"])
        if tag == "img":
            self.pictures.append(given)
        self.article = self.article or tag == "article"
        if self.article and re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))

    handle_startendtag = handle_starttag

    def handle_endtag(self, tag):
        self.article = self.article and tag != "article"


def test_every_link_within_the_site_leads_somewhere(pages):
    read = {path: Links(path) for path in pages}
    dead = []
    for path, page in read.items():
        for link in page.links:
            parts = urlsplit(link)
            if parts.scheme or link.startswith("//"):
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            known = read[target].places if target in read else None
            if not target.exists() or (parts.fragment and known and parts.fragment not in known):
                dead.append(f"{path.name}: {link}")
    assert sorted(set(dead)) == []


def test_every_picture_says_what_it_shows_and_no_heading_is_skipped(pages):
    for path in pages:
        if path.name == "search.html":  # the theme's, empty until someone searches
            continue
        page = Links(path)
        assert all("alt" in picture for picture in page.pictures), path
        assert page.headings.count(1) == 1, path
        steps = zip(page.headings, page.headings[1:], strict=False)
        assert all(later <= earlier + 1 for earlier, later in steps), (path, page.headings)


def test_no_page_shows_a_path_of_the_machine_that_built_it(pages, site):
    for path in [*pages, site / "searchindex.js"]:
        text = path.read_text("utf-8")
        assert not [place for place in (str(ROOT), str(site.parent)) if place in text], path
