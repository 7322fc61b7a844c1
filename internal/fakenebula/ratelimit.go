package fakenebula

import (
	"net/http"
	"strconv"
	"time"
)

// RetryAfterStyle is the form of the Retry-After header.
type RetryAfterStyle int

// The forms of Retry-After.
const (
	RetryAfterSeconds RetryAfterStyle = iota
	RetryAfterDate
	RetryAfterNone
)

// RateLimit allows Requests per Window, logins included, and answers the rest
// with 429 until the window, which begins with its first request, is over.
type RateLimit struct {
	Requests   int
	Window     time.Duration
	RetryAfter RetryAfterStyle
}

type rateWindow struct {
	ends time.Time
	used int
}

// limit counts a request and says whether it is one too many. The state is
// locked.
func (s *Server) limit(now time.Time) (Answer, bool) {
	rule := s.options.RateLimit
	if rule.Requests <= 0 {
		return Answer{}, false
	}
	if !now.Before(s.window.ends) {
		s.window = rateWindow{ends: now.Add(rule.Window)}
	}
	if s.window.used++; s.window.used <= rule.Requests {
		return Answer{}, false
	}
	var after string
	switch rule.RetryAfter {
	case RetryAfterSeconds:
		after = retryAfterSeconds(s.window.ends.Sub(now))
	case RetryAfterDate:
		after = retryAfterDate(s.window.ends)
	case RetryAfterNone:
	}
	return TooManyRequests(after), true
}

// retryAfterSeconds is d as the header wants it, rounded up to whole seconds.
func retryAfterSeconds(d time.Duration) string {
	return strconv.FormatInt(int64((d+time.Second-1)/time.Second), 10)
}

// retryAfterDate is the instant as the header wants it, rounded up to a whole
// second.
func retryAfterDate(at time.Time) string {
	return at.Add(time.Second - 1).UTC().Format(http.TimeFormat)
}
