// Sends the value in the platform's storage, or an empty one if there is none; the tool then refuses the launch.

const { storageTarget, storageOrigin, storageKey } = document.currentScript.dataset;
const form = document.getElementById("resume");

askStorage("get_data", { key: storageKey }, storageTarget, storageOrigin).then((response) => {
  form.elements.value.value = response && typeof response.value === "string" ? response.value : "";
  form.submit();
});
