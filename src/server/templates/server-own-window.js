// Whether the browser stores a cookie like the tool's own, which scripts cannot read.
function storesCookies(path) {
  const attributes = "; Path=" + path + "; Secure; SameSite=None; Partitioned";
  try {
    document.cookie = "lti_probe=1; Max-Age=60" + attributes;
    const isStored = document.cookie.split("; ").includes("lti_probe=1");
    document.cookie = "lti_probe=; Max-Age=0" + attributes;
    return isStored;
  } catch (error) {
    // A sandboxed frame without an origin of its own.
    return false;
  }
}

// Shows the problem; in a frame, with a button that opens a window.
function offerWindow() {
  const line = document.getElementById("status");
  const isFramed = window.top !== window;
  line.textContent = isFramed ? "This page needs its own window." : "Your browser does not store cookies for this site.";
  const section = document.getElementById(isFramed ? "framed" : "alone");
  section.hidden = false;
  section.addEventListener("submit", () => {
    section.hidden = true;
    line.textContent = "Continue in the other window.";
    document.getElementById("opened").hidden = false;
    // The focused button is hidden now.
    line.focus();
  });
}
