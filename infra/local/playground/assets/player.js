// A player without sound: a minute of a track passes in a second.

const tracks = [
  { track_id: 'pg-1', title: 'Slow Train to Lille', artist: 'Nadia Ferrant', duration_ms: 214_000 },
  { track_id: 'pg-2', title: 'Copper Rain', artist: 'The Long Weekends', duration_ms: 187_000 },
  { track_id: 'pg-3', title: 'Paper Lanterns', artist: 'Ota Miyu', duration_ms: 243_000 },
];
const speed = 60;
const tickMillis = 50;

/** Makes the list of tracks; `onPlayed` hears of each play that has ended, as the event type wants its data. */
export function makePlayer({ list, now, progress, skip, onPlayed }) {
  let playing;

  function heardMillis() {
    return Math.min(playing.track.duration_ms, Math.round((Date.now() - playing.startedAt) * speed));
  }

  /** Ends what plays, which answers with the promise of what became of its event. */
  function end(reason) {
    if (playing === undefined) return undefined;
    const { track, startedAt, timer } = playing;
    const data = {
      track: { track_id: track.track_id, duration_ms: track.duration_ms },
      played_at: new Date(startedAt).toISOString(),
      ms_played: heardMillis(),
      reason_start: 'track_selected',
      reason_end: reason,
    };
    clearInterval(timer);
    playing = undefined;
    show();
    return onPlayed(track, data);
  }

  function start(track) {
    end('track_selected');
    playing = { track, startedAt: Date.now(), timer: setInterval(tick, tickMillis) };
    show();
  }

  function tick() {
    progress.value = heardMillis() / playing.track.duration_ms;
    if (progress.value >= 1) end('track_done');
  }

  function show() {
    now.textContent = playing === undefined ? 'Nothing plays' : `${playing.track.title}, ${playing.track.artist}`;
    progress.value = 0;
    skip.disabled = playing === undefined;
  }

  for (const track of tracks) {
    const item = document.createElement('li');
    const button = document.createElement('button');
    button.type = 'button';
    button.textContent = 'Play';
    button.setAttribute('aria-label', `Play ${track.title}`);
    button.addEventListener('click', () => start(track));
    const [title, artist] = ['strong', 'span'].map((name) => document.createElement(name));
    title.textContent = track.title;
    artist.textContent = track.artist;
    const text = document.createElement('p');
    text.append(title, artist);
    item.append(button, text);
    list.append(item);
  }
  skip.addEventListener('click', () => end('forward_button'));
  return { end };
}

export function titleOf(trackId) {
  return tracks.find((track) => track.track_id === trackId)?.title ?? trackId;
}
