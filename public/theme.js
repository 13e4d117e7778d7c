// Before the first paint, so that no other theme flashes up. What the page does later is in
// src/app/settings/use-theme.ts; where the choice is kept, in src/app/stores/settings-store.ts.
try {
  const { theme } = JSON.parse(localStorage.getItem('alcove-settings')).state
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme
} catch {
  // Nothing was chosen yet, or this page may keep nothing: the system's theme it is.
}
