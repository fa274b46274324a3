// Uses the session's cookie if the browser stores it, or else a new window.

const opened = document.currentScript.dataset;

if (storesCookies(opened.cookiePath)) location.replace(opened.url);
else offerWindow();
