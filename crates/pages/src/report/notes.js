// What the figures mean, and what could not be found out.

function drawNotes(report, profile) {
  const notes = [...report.notes];
  if (!report.last_is_the_end && report.end.how !== 'went_on' && report.last) {
    notes.push('The last figures are from shortly before the end.');
  }
  if (profile) {
    notes.push(`Call stacks are those of samples: each allocated byte is chosen with a chance of one in ${bytes(profile.rate_bytes)}. ` +
      'A figure made of n samples is off by about 1/√n of itself: what is small here may be chance.');
    if (profile.earlier_samples) notes.push(`${count(profile.earlier_samples)} samples were taken before the look at the program began.`);
    if (profile.lost_frees) notes.push(`${count(profile.lost_frees)} frees of samples were overwritten before they were read: until the end of the program, live bytes by call stack are too high by these.`);
    if (profile.nameless.length) notes.push(`No names of functions were found for ${profile.nameless.slice(0, 8).join(', ')}${profile.nameless.length > 8 ? ' and others' : ''}.`);
  }
  notes.push('Sizes are those of blocks as the heap gives them: up to 12.5 % more than was asked for, from 256 bytes on.',
    'Figures are of this process alone: processes that it started are not in them.');
  const earlier = report.earlier.length === 0 ? [] : [element('h3', {}, 'The process was before'), table([
    {title: 'Program', value: one => one.command, show: one => element('span', {class: 'code'}, one.command)},
    {title: 'For', number: true, value: one => one.duration_ms, show: one => duration(one.duration_ms)},
    {title: 'Peak live', number: true, value: one => one.peak_live_bytes, show: one => bytes(one.peak_live_bytes)},
  ], report.earlier)];
  const events = report.events.filter(event => event.kind !== 'peak');
  const happened = events.length === 0 ? [] : [element('h3', {}, 'Events'), table([
    {title: 'When', number: true, value: one => -one.at_ms, show: one => duration(one.at_ms)},
    {title: 'What', value: one => one.text, show: one => one.text},
  ], events)];
  section('notes', 'Notes', element('ul', {class: 'notes'}, notes.map(note => element('li', {}, note))), ...earlier, ...happened);
}
