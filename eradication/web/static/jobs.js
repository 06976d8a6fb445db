// While work is under way the page is shown anew now and then, unless somebody is about to press something.

const PAUSE = 4000;

setInterval(() => {
  if (!document.activeElement || document.activeElement === document.body) location.reload();
}, PAUSE);
