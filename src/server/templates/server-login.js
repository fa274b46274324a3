// The first way that works: a cookie, the platform's storage, a window of the tool's own.

const login = document.currentScript.dataset;
const line = document.getElementById("status");

// Whether a cookie comes back that is like the login's own, which scripts cannot see.
function keepsCookies() {
  const attributes = "; Path=" + login.cookiePath + "; Secure; SameSite=None; Partitioned";
  try {
    document.cookie = "lti_probe=1; Max-Age=60" + attributes;
    const isKept = document.cookie.split("; ").includes("lti_probe=1");
    document.cookie = "lti_probe=; Max-Age=0" + attributes;
    return isKept;
  } catch (error) {
    // A sandboxed frame without an origin of its own.
    return false;
  }
}

async function isBound() {
  if (keepsCookies()) return true;
  if (!login.storageTarget) return false;
  const fields = { key: login.storageKey, value: login.storageValue };
  return Boolean(await askStorage("put_data", fields, login.storageTarget, login.storageOrigin));
}

// Says what is the matter; in a frame, with a way on.
function offerWindow() {
  const isFramed = window.top !== window;
  line.textContent = isFramed ? "This page needs a window of its own." : "Your browser keeps no cookies for this site.";
  const section = document.getElementById(isFramed ? "framed" : "alone");
  section.hidden = false;
  section.addEventListener("submit", () => {
    section.hidden = true;
    line.textContent = "You are going on in another window.";
    document.getElementById("opened").hidden = false;
    // The button that had it is gone.
    line.focus();
  });
}

isBound().then((isBound) => {
  if (isBound) location.replace(login.url);
  else offerWindow();
});
