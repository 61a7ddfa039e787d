"""Chromium without a window, for the tests of the page: `chromium` opens it, `Window` drives it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement

INSTALL = "on Debian and Ubuntu: apt-get install chromium chromium-driver"
_FLAGS = [
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--disable-dev-shm-usage", "--hide-scrollbars", "--force-device-scale-factor=1",
    "--force-prefers-reduced-motion", "--allow-file-access-from-files=false",
]  # fmt: skip


class Window:
    """One open page: keys, hovering, its size, what it logged and what it asked the network for."""

    def __init__(self, driver: webdriver.Chrome) -> None:
        self.driver = driver

    def open(self, path: Path, fragment: str = "") -> None:
        """Open a file anew and forget what was logged before."""
        self.driver.get("about:blank")
        self.driver.get_log("browser")
        self.driver.get_log("performance")
        self.driver.get(path.as_uri() + fragment)

    def size(self, width: int, height: int) -> None:
        """The size of the page's own area, as on a device of that size."""
        self.cdp("Emulation.setDeviceMetricsOverride", width=width, height=height,
                 deviceScaleFactor=1, mobile=False)  # fmt: skip

    def cdp(self, command: str, **given: Any) -> Any:
        return self.driver.execute_cdp_cmd(command, given)

    def media(self, kind: str = "", **features: str) -> None:
        """Emulate a medium (``print``) and media features (``prefers_color_scheme="dark"``)."""
        found = [{"name": k.replace("_", "-"), "value": v} for k, v in features.items()]
        self.cdp("Emulation.setEmulatedMedia", media=kind, features=found)

    def js(self, script: str, *given: Any) -> Any:
        return self.driver.execute_script(script, *given)

    def find(self, css: str) -> WebElement:
        return self.driver.find_element(By.CSS_SELECTOR, css)

    def all(self, css: str) -> list[WebElement]:
        return self.driver.find_elements(By.CSS_SELECTOR, css)

    def keys(self, *keys: str) -> None:
        for key in keys:
            ActionChains(self.driver).send_keys(key).perform()

    def hover(self, element: WebElement) -> None:
        self.js("arguments[0].scrollIntoView({block: 'center'})", element)
        ActionChains(self.driver).move_to_element(element).perform()

    def picture(self, path: Path) -> None:
        self.driver.save_screenshot(str(path))

    def pdf(self) -> bytes:
        import base64

        made = self.cdp("Page.printToPDF", printBackground=True, preferCSSPageSize=True)
        return base64.b64decode(made["data"])

    def complaints(self) -> list[str]:
        """What the console said: errors, warnings, refusals of the content security policy."""
        return [entry["message"] for entry in self.driver.get_log("browser")]

    def requests(self) -> list[str]:
        """Addresses that were asked for beside the file itself and its own data."""
        found = []
        for entry in self.driver.get_log("performance"):
            message = json.loads(entry["message"])["message"]
            if message["method"] == "Network.requestWillBeSent":
                found.append(message["params"]["request"]["url"])
        return [u for u in found if not u.startswith(("file:", "data:", "about:"))]


@contextmanager
def chromium(profile: Path, width: int = 1280, height: int = 860) -> Iterator[Window]:
    """A browser with a profile of its own in the folder ``profile``."""
    program, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if program is None or driver is None:
        raise RuntimeError(f"the tests of the page need Chromium: {INSTALL}")
    options = Options()
    options.binary_location = program
    for flag in [*_FLAGS, f"--user-data-dir={profile}", f"--window-size={width},{height}"]:
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    made = webdriver.Chrome(options=options, service=Service(driver))
    try:
        made.set_script_timeout(20)
        yield Window(made)
    finally:
        made.quit()
