// Search, the count of what is picked, and what one box means for another. Without it the form works all the same.

// How long a form that was sent may take before it can be sent again, in milliseconds.
const SENDING = 5000;

const form = document.getElementById("selection");
const query = document.getElementById("query");
const found = document.getElementById("found");
const count = document.getElementById("count");

// Without accents and capitals.
const plain = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();

// What can be found, taken out of the page once: reading it anew for each letter would take too long for a thousand rows.
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

// Shows the rows in which every word of the search stands. What is picked stays picked.
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

function tell() {
  const picked = form.querySelectorAll("[name=pick]:checked").length;
  const columns = form.querySelectorAll("[name=gradebook]:checked").length;
  count.textContent = picked + " selected" + (columns ? ", " + columns + " with gradebook" : "");
}

// A column in the grade book needs its resource, and goes with it.
form.addEventListener("change", ({ target }) => {
  const row = target.closest(".row");
  if (target.name === "gradebook" && target.checked) row.querySelector("[name=pick]").checked = true;
  for (const box of form.querySelectorAll("[name=gradebook]:checked")) {
    box.checked = box.closest(".row").querySelector("[name=pick]").checked;
  }
  tell();
});

// A second click while the first is on its way would answer twice.
let sentAt = -SENDING;
form.addEventListener("submit", (event) => {
  if (event.timeStamp - sentAt < SENDING) event.preventDefault();
  else sentAt = event.timeStamp;
});

query.addEventListener("input", search);
document.getElementById("search").hidden = false;
// Browsers that come back to the page fill in what stood there, and may have kept the script as well.
window.addEventListener("pageshow", () => {
  sentAt = -SENDING;
  search();
  tell();
});
