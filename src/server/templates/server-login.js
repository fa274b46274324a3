// Uses the first of these that works: a cookie, the platform's storage, a new window.

const login = document.currentScript.dataset;

async function isBound() {
  if (storesCookies(login.cookiePath)) return true;
  if (!login.storageTarget) return false;
  const fields = { key: login.storageKey, value: login.storageValue };
  return Boolean(await askStorage("put_data", fields, login.storageTarget, login.storageOrigin));
}

isBound().then((isBound) => {
  if (isBound) location.replace(login.url);
  else offerWindow();
});
