// Loaded into every thread with --import: the wall clock is an hour ahead every other quarter of a second.
const now = Date.now.bind(Date);
const HOUR_MS = 3_600_000;
Date.now = () => now() + (Math.floor(performance.now() / 250) % 2 === 0 ? 0 : HOUR_MS);
