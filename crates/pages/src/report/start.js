// The page: one part after another.

{
  const read = id => JSON.parse(document.getElementById(id).textContent);
  const report = read('report');
  const data = read('profile');
  const profile = data && readProfile(data);
  drawSummary(report, read('between-readings'));
  drawTimeline(report);
  drawStacks(profile);
  drawLeaks(report, profile);
  drawSnapshots(report);
  drawNotes(report, profile);
  followTheme();
  followScrolling();
  document.getElementById('footer').textContent = `Written by heapmin ${report.heapmin}. This page has everything in it and loads nothing.`;
}
