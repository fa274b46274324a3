// The number of selected items, and dependent checkboxes. The form also works without this script.

// How long after it was sent a form can be sent again, in milliseconds.
const SENDING = 5000;

const form = document.getElementById("selection");
const count = document.getElementById("count");

function showCount() {
  const picked = form.querySelectorAll("[name=pick]:checked").length;
  const columns = form.querySelectorAll("[name=gradebook]:checked").length;
  count.textContent = picked + " selected" + (columns ? ", " + columns + " with gradebook" : "");
}

// "Add to grade book" requires its resource, and is cleared with it.
form.addEventListener("change", ({ target }) => {
  const row = target.closest(".row");
  if (target.name === "gradebook" && target.checked) row.querySelector("[name=pick]").checked = true;
  for (const box of form.querySelectorAll("[name=gradebook]:checked")) {
    box.checked = box.closest(".row").querySelector("[name=pick]").checked;
  }
  showCount();
});

// A second click would send the response twice.
let sentAt = -SENDING;
form.addEventListener("submit", (event) => {
  if (event.timeStamp - sentAt < SENDING) event.preventDefault();
  else sentAt = event.timeStamp;
});

// When the user returns to the page, browsers restore the form and may restore the script, too.
window.addEventListener("pageshow", () => {
  sentAt = -SENDING;
  showCount();
});
