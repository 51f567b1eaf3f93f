// The figures that matter most, and how the program ended.

const SIGNALS = {1: 'SIGHUP', 2: 'SIGINT', 3: 'SIGQUIT', 4: 'SIGILL', 5: 'SIGTRAP', 6: 'SIGABRT', 7: 'SIGBUS',
  8: 'SIGFPE', 9: 'SIGKILL', 10: 'SIGUSR1', 11: 'SIGSEGV', 12: 'SIGUSR2', 13: 'SIGPIPE', 14: 'SIGALRM',
  15: 'SIGTERM', 24: 'SIGXCPU', 31: 'SIGSYS'};

function ending(end) {
  switch (end.how) {
    case 'exited': return [`exit status ${end.status}`, end.status === 0 ? 'good' : 'bad'];
    case 'killed': return [`died by ${SIGNALS[end.signal] ?? `signal ${end.signal}`}`, 'bad'];
    case 'went_on': return ['still running', ''];
    default: return ['ended', ''];
  }
}

/// The sums that a heap's snapshot doesn't have itself.
function summarize(report) {
  const {timeline, last} = report;
  const moments = timeline.moments;
  const first = moments[0];
  const end = last?.totals;
  const allocations = end ? end.allocations - (report.program.attached && first ? first.allocations : 0) : 0;
  return {allocations, rate: report.duration_ms > 0 ? allocations / report.duration_ms * 1000 : 0};
}

function card(name, value, more, about) {
  return element('div', {class: 'card', title: about}, element('div', {class: 'name'}, name),
    element('div', {class: 'value'}, value), element('div', {class: 'more'}, more ?? ''));
}

function drawSummary(report, between) {
  const {program, timeline, last, peak} = report;
  document.getElementById('command').textContent = program.command;
  const badge = (text, kind) => element('span', {class: `badge ${kind ?? ''}`}, text);
  document.getElementById('badges').append(...[
    badge(...ending(report.end)), badge(duration(report.duration_ms)), badge(`process ${program.pid}`),
    program.user && badge(`user ${program.user}`), program.engine && badge(`heap ${program.engine}`),
    badge(new Date(report.started_ms).toISOString().slice(0, 19).replace('T', ' ') + ' UTC'),
  ].filter(Boolean));
  if (!last) {
    section('summary', 'Summary', element('p', {class: 'empty'},
      'There are no figures: the program was never found on heapmin. The notes say more.'));
    return;
  }
  const {allocations, rate} = summarize(report);
  const totals = last.totals;
  const leaks = report.end.how === 'went_on' ? 'Live at the last look' : 'Live at exit';
  section('summary', 'Summary', element('div', {class: 'cards'},
    card('Peak live', bytes(timeline.peak_live_bytes),
      `at ${duration(timeline.peak_live_ms)}${peak ? `, ${count(peak.totals.live_blocks)} blocks` : ''}`
        + (between === null ? '' : `; the peak was between two readings: about ${bytes(between)} by samples`),
      'The most bytes in blocks that were allocated and not freed, of all readings'),
    card('Peak resident', bytes(timeline.peak_resident_bytes), `process ${bytes(timeline.peak_process_bytes)}`,
      'The most bytes of the heap in memory, of all readings'),
    card('Allocations', roughly(allocations), `${count(allocations)}${program.attached ? ' while it was looked at' : ' in all'}`),
    card('Allocations per second', roughly(rate), `in ${duration(report.duration_ms)}`),
    card('Given back', bytes(totals.returned_bytes), 'to the system, so far',
      'Bytes that went back to the system; memory that is taken and given back again counts each time'),
    card(leaks, bytes(totals.live_bytes), `${count(totals.live_blocks)} blocks`,
      'Blocks that nobody has freed'),
    card(report.end.how === 'went_on' ? 'Resident at the last look' : 'Resident at exit', bytes(totals.resident_bytes),
      `${bytes(totals.reclaimable_bytes)} reclaimable`),
    card('Fragmented', bytes(totals.fragmented_bytes), 'free, beside live blocks',
      'Bytes of free blocks that share a page with live ones, at the end'),
  ));
}
