// Search, the number of selected items, and dependent checkboxes. The form also works without this script.

// How long after it was sent a form can be sent again, in milliseconds.
const SENDING = 5000;

const form = document.getElementById("selection");
const query = document.getElementById("query");
const found = document.getElementById("found");
const count = document.getElementById("count");

// Without accents and capitals.
const plain = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();

// The text to search, read from the page once: reading it for each letter would be too slow with a thousand rows.
const lists = Array.from(form.querySelectorAll("fieldset"), (list) => {
  const title = plain(list.querySelector("legend").textContent);
  const rows = Array.from(list.querySelectorAll(".row"), (row) => {
    const description = row.querySelector(".hint");
    return { row, text: [title, plain(row.querySelector(".name").textContent), description ? plain(description.textContent) : ""].join("\n") };
  });
  return { list, rows };
});
const total = lists.reduce((sum, { rows }) => sum + rows.length, 0);

function hide(element, isHidden) {
  if (element.hidden !== isHidden) element.hidden = isHidden;
}

// Shows the rows that contain every word of the search. Selected rows stay selected.
function search() {
  const words = plain(query.value).split(/\s+/).filter(Boolean);
  let shown = 0;
  for (const { list, rows } of lists) {
    const before = shown;
    for (const { row, text } of rows) {
      const fits = words.every((word) => text.includes(word));
      hide(row, !fits);
      if (fits) shown += 1;
    }
    hide(list, shown === before);
  }
  found.textContent = !words.length ? "" : shown ? shown + " of " + total + " found" : "Nothing found";
}

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

query.addEventListener("input", search);
document.getElementById("search").hidden = false;
// When the user returns to the page, browsers restore the form and may restore the script, too.
window.addEventListener("pageshow", () => {
  sentAt = -SENDING;
  search();
  showCount();
});
