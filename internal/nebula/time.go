package nebula

import (
	"net/http"
	"sync"
	"time"
)

// serverTime is what the API's answers tell of the time.
type serverTime struct {
	mu sync.Mutex
	// date is what an answer said that came when this machine's clock showed at;
	// both are zero before there is one.
	date, at time.Time
}

// learn takes the header Date of an answer (RFC 9110, section 6.6.1). One from a
// cache, which has an Age, tells of another moment.
func (s *serverTime) learn(header http.Header, now time.Time) {
	date, err := http.ParseTime(header.Get("Date"))
	if err != nil || header.Get("Age") != "" {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.date, s.at = date, now
}

// sameTime is the difference between two clocks that nobody minds: answers take
// their time, and dates are cut to the second.
const sameTime = time.Minute

// Now is the present instant, as Time gives it.
func (c *Client) Now() time.Time {
	now, _ := c.Time()
	return now
}

// longestCall is more than any call takes.
const longestCall = time.Hour

// When is the instant, as Now gives it, at which this machine's clock showed
// that of the beginning of a call. Where that lies ahead, or more than an hour
// back, the clock was set under way, and When gives the present instant.
func (c *Client) When(local time.Time) time.Time {
	ago := c.clock.Now().Sub(local)
	if ago < 0 || ago > longestCall {
		ago = 0
	}
	return c.Now().Add(-ago)
}

// Time is the present instant. Where the API's clock differs from this machine's
// by more than a minute, as far as the answers of this process tell, it is the
// API's: all machines that call it have that one in common. Told is false as
// long as no answer has told the time.
func (c *Client) Time() (now time.Time, told bool) {
	now = c.clock.Now()
	s := &c.serverTime
	s.mu.Lock()
	defer s.mu.Unlock()
	told = !s.at.IsZero()
	if told && s.date.Sub(s.at).Abs() > sameTime {
		now = s.date.Add(now.Sub(s.at))
	}
	return now, told
}
