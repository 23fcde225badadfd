"use strict";
// A code behind # never reaches a server by itself. Take it out of the address, so that no history keeps it, and send it
// in the body of the form, which also works by hand without this script.
const form = document.querySelector("form");
const code = location.hash.slice(1);
if (form && code) {
  history.replaceState(null, "", location.pathname);
  form.elements.namedItem("code").value = code;
  document.body.classList.add("busy");
  form.submit();
}
