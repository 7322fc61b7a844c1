package nebula_test

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nebulablock/terraform-provider-nebula/internal/clock"
	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
)

func TestLoginIsLazy(t *testing.T) {
	t.Parallel()
	r := overSocket(t, matrixOptions(), asPassword)
	r.mustCount(fakenebula.OpAny, 0)
	// Proving another key needs no token of one's own.
	if err := r.client.VerifyAPIKey(t.Context(), apiKey); err != nil {
		t.Error(err)
	}
	r.mustCount(fakenebula.OpLogin, 0)
	for _, op := range []fakenebula.Operation{fakenebula.OpListKeys, fakenebula.OpCreateKey, fakenebula.OpDeleteKey, fakenebula.OpLogin} {
		if err := r.call(t.Context(), op); err != nil {
			t.Error(err)
		}
	}
	r.mustCount(fakenebula.OpLogin, 1)
	for _, request := range r.server.Journal() {
		if request.Operation == fakenebula.OpLogin && request.ContentType != "application/x-www-form-urlencoded" {
			t.Errorf("login as %s", request.ContentType)
		}
	}
}

func TestOneLoginForAll(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := inProcess(t, matrixOptions(), asPassword)
		r.server.Inject(fakenebula.Fault{Operation: fakenebula.OpLogin, Delay: 5 * time.Second})
		r.together(50, func(i int) {
			sleep(t, time.Duration(i%7)*time.Second)
			if err := r.call(t.Context(), fakenebula.OpListKeys); err != nil {
				t.Error(err)
			}
		})
		r.mustCount(fakenebula.OpLogin, 1)
		r.mustCount(fakenebula.OpListKeys, 50)
	})
}

// TestOneLoginForAllOverSockets is the same with real concurrency, for the race
// detector.
func TestOneLoginForAllOverSockets(t *testing.T) {
	t.Parallel()
	r := overSocket(t, matrixOptions(), asPassword)
	r.together(50, func(int) {
		if err := r.call(t.Context(), fakenebula.OpListKeys); err != nil {
			t.Error(err)
		}
	})
	r.mustCount(fakenebula.OpLogin, 1)
}

// TestRenewalInFlight: the token ends while ten calls are on their way. All are
// refused, and one login serves them.
func TestRenewalInFlight(t *testing.T) {
	t.Parallel()
	for _, op := range []fakenebula.Operation{fakenebula.OpCreateKey, fakenebula.OpListKeys} {
		t.Run(string(op), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				r := inProcess(t, fakenebula.Options{}, asPassword)
				if _, err := r.client.AccessToken(t.Context()); err != nil {
					t.Fatal(err)
				}
				// They come back one after the other, so that the last ones
				// find the new token already there.
				for i := range 10 {
					r.server.Inject(fakenebula.Fault{Operation: op, Delay: time.Duration(i+1) * time.Second, ActLate: true})
				}
				r.server.Inject(fakenebula.Fault{Operation: fakenebula.OpLogin, Delay: 5 * time.Second})
				go func() {
					sleep(t, time.Second/2)
					r.server.ExpireTokens()
				}()
				r.together(10, func(int) {
					if err := r.call(t.Context(), op); err != nil {
						t.Error(err)
					}
				})
				r.mustCount(fakenebula.OpLogin, 2)
				r.mustCount(op, 20)
				if op == fakenebula.OpCreateKey && len(r.server.Keys()) != 11 {
					t.Errorf("%d keys", len(r.server.Keys()))
				}
			})
		})
	}
}

// TestTokenIsRenewedBeforeItExpires: a call never starts with a token that will
// not live to see its end.
func TestTokenIsRenewedBeforeItExpires(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := inProcess(t, fakenebula.Options{}, asPassword)
		list := func() {
			t.Helper()
			if err := r.call(t.Context(), fakenebula.OpListKeys); err != nil {
				t.Error(err)
			}
		}
		list()
		sleep(t, 2*time.Hour-31*time.Second)
		list()
		r.mustCount(fakenebula.OpLogin, 1)
		sleep(t, 2*time.Second)
		r.together(10, func(int) { list() })
		r.mustCount(fakenebula.OpLogin, 2)
		r.mustCount(fakenebula.OpListKeys, 12) // none was refused
	})
}

// jwt is a token with the given claims.
func jwt(claims string) string {
	encode := base64.RawURLEncoding.EncodeToString
	return encode([]byte(`{"alg":"none"}`)) + "." + encode([]byte(claims)) + "." + encode([]byte("signature"))
}

func TestTokenExpiry(t *testing.T) {
	t.Parallel()
	inHours := func(h int) time.Time { return start().Add(time.Duration(h) * time.Hour) }
	exp := func(at time.Time) string { return fmt.Sprintf(`{"exp":%d}`, at.Unix()) }
	for name, test := range map[string]struct {
		token string
		want  time.Time
	}{
		"claim":             {jwt(exp(inHours(5))), inHours(5)},
		"fractional claim":  {jwt(fmt.Sprintf(`{"exp":%d.75}`, inHours(1).Unix())), inHours(1)},
		"no claim":          {jwt(`{"sub":"ann"}`), inHours(2)},
		"claim of a text":   {jwt(`{"exp":"soon"}`), inHours(2)},
		"claim out of size": {jwt(`{"exp":1e300}`), inHours(2)},
		"negative claim":    {jwt(`{"exp":-5}`), inHours(2)},
		"no JSON":           {jwt(`exp`), inHours(2)},
		"no base64":         {"eyJ0.$$$.c2ln", inHours(2)},
		"two parts":         {"eyJ0.eyJ9", inHours(2)},
		"opaque":            {"opaque-token", inHours(2)},
		// The clocks differ: else every call would log in.
		"expired on arrival": {jwt(exp(inHours(-3))), inHours(2)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var calls atomic.Int32
			client := answering(t, func(w http.ResponseWriter, _ *http.Request) {
				calls.Add(1)
				_, _ = io.WriteString(w, `{"status":"success","message":"ok","data":{"jwtToken":"`+test.token+`"}}`)
			}, asPassword)
			for range 3 {
				got, err := client.AccessToken(t.Context())
				if err != nil || got.Token != test.token || !got.ExpiresAt.Equal(test.want) {
					t.Errorf("got %q until %s, %v; want until %s", got.Token, got.ExpiresAt, err, test.want)
				}
			}
			if calls.Load() != 1 {
				t.Errorf("%d logins", calls.Load())
			}
		})
	}
}

// TestRefusedLoginIsRemembered: twenty workers with a wrong password are one
// attempt, so that no account is locked.
func TestRefusedLoginIsRemembered(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		fault    fakenebula.Fault
		requests int
	}{
		"wrong password":           {fakenebula.Fault{}, 1},
		"403":                      {fakenebula.Fault{Answer: fakenebula.Failed(403, "blocked"), Times: -1}, 1},
		"200 failed":               {fakenebula.Fault{Answer: fakenebula.Failed(200, "no"), Times: -1}, 1},
		"404":                      {fakenebula.Fault{Answer: fakenebula.HTML(404), Times: -1}, 1},
		"neither encoding":         {fakenebula.Fault{Answer: fakenebula.Failed(422, "no"), Times: -1}, 2},
		"neither, by a framework":  {fakenebula.Fault{Answer: fakenebula.JSON(422, `{"detail":"no"}`), Times: -1}, 2},
		"neither, by a text":       {fakenebula.Fault{Answer: fakenebula.Answer{Status: 415, Body: "no"}, Times: -1}, 2},
		"JSON with wrong password": {fakenebula.Fault{Answer: fakenebula.Failed(415, "no")}, 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := overSocket(t, matrixOptions(), func(cfg *nebula.Config) { cfg.Credential = nebula.Password(username, "wrong") })
			if test.fault.Answer.Status != 0 {
				test.fault.Operation = fakenebula.OpLogin
				r.server.Inject(test.fault)
			}
			r.together(20, func(i int) {
				op := []fakenebula.Operation{fakenebula.OpCreateKey, fakenebula.OpListKeys, fakenebula.OpDeleteKey, fakenebula.OpLogin}[i%4]
				err := r.call(t.Context(), op)
				var e *nebula.APIError
				if !errors.As(err, &e) || e.Method != http.MethodPost || e.Route != "/login" || e.Credential != nebula.KindPassword {
					t.Errorf("%s: %v", op, err)
				}
			})
			r.mustCount(fakenebula.OpLogin, test.requests)
			r.mustCount(fakenebula.OpAny, test.requests)
		})
	}
}

// TestLoginFaultIsNotRemembered: a fault says nothing about the password.
func TestLoginFaultIsNotRemembered(t *testing.T) {
	t.Parallel()
	for _, fault := range []fakenebula.Fault{
		{Answer: fakenebula.HTML(502), Times: logins}, {Drop: true, Times: logins}, {Rewrite: fakenebula.WithoutField("jwtToken"), Times: logins},
	} {
		r := overSocket(t, matrixOptions(), asPassword)
		fault.Operation = fakenebula.OpLogin
		r.server.Inject(fault)
		err := r.call(t.Context(), fakenebula.OpCreateKey)
		var e *nebula.APIError
		if !errors.As(err, &e) || e.Route != "/login" || e.Class != nebula.NotSent {
			t.Errorf("the create was not sent, whatever became of the login: %v", err)
		}
		if err := r.call(t.Context(), fakenebula.OpCreateKey); err != nil {
			t.Error(err)
		}
		r.mustCount(fakenebula.OpLogin, logins+1)
		r.mustCount(fakenebula.OpCreateKey, 1)
	}
}

// TestLoginRateLimitPasses: a 429 says nothing about the password either.
func TestLoginRateLimitPasses(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := inProcess(t, matrixOptions(), asPassword)
		r.server.Inject(fakenebula.Fault{Operation: fakenebula.OpLogin, Answer: fakenebula.TooManyRequests("3600")})
		if err := r.call(t.Context(), fakenebula.OpListKeys); !nebula.IsRateLimited(err) {
			t.Errorf("got %v", err)
		}
		sleep(t, 11*time.Second)
		if err := r.call(t.Context(), fakenebula.OpListKeys); err != nil {
			t.Error(err)
		}
	})
}

// TestRefusedTokensAreNotAskedForAgain: where the API takes no token that it
// issues, one more login is tried, and nobody else asks for ten seconds.
func TestRefusedTokensAreNotAskedForAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := inProcess(t, matrixOptions(), asPassword)
		operations := []fakenebula.Operation{fakenebula.OpListKeys, fakenebula.OpCreateKey, fakenebula.OpDeleteKey}
		for _, op := range operations {
			r.server.Inject(fakenebula.Fault{Operation: op, Answer: fakenebula.Failed(401, "no"), Times: -1})
		}
		for range 3 {
			r.together(20, func(i int) {
				op := operations[i%len(operations)]
				err := r.call(t.Context(), op)
				refused(401).mustBe(t, err)
				var e *nebula.APIError
				if errors.As(err, &e); e.Message != "no" || e.Credential != nebula.KindPassword || e.Route == "/login" {
					t.Errorf("%s: %+v", op, e)
				}
			})
			r.mustCount(fakenebula.OpLogin, 2)
		}
		sent := r.server.Count(fakenebula.OpAny)
		if sent > 2+2*20 {
			t.Errorf("%d requests", sent)
		}
		if _, err := r.client.AccessToken(t.Context()); !nebula.IsUnauthorized(err) {
			t.Errorf("the token that is refused is given out: %v", err)
		}
		r.server.ClearFaults()
		sleep(t, 11*time.Second)
		for _, op := range operations {
			if err := r.call(t.Context(), op); err != nil {
				t.Error(err)
			}
		}
		r.mustCount(fakenebula.OpLogin, 3)
	})
}

// TestOneCallsRefusalIsNotEverybodys: where tokens are taken, a call that is
// answered 401 whatever its token fails alone.
func TestOneCallsRefusalIsNotEverybodys(t *testing.T) {
	t.Parallel()
	r := overSocket(t, matrixOptions(), asPassword)
	r.server.Inject(fakenebula.Fault{Operation: fakenebula.OpDeleteKey, Answer: fakenebula.Failed(401, "no"), Times: -1})
	for range 10 {
		if err := r.call(t.Context(), fakenebula.OpListKeys); err != nil {
			t.Error(err)
		}
		refused(401).mustBe(t, r.call(t.Context(), fakenebula.OpDeleteKey))
	}
	r.mustCount(fakenebula.OpListKeys, 10)
}

// TestRefusedLoginIsRememberedAfterwards: those who come after the refusal do
// not ask again, whenever that is.
func TestRefusedLoginIsRememberedAfterwards(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := inProcess(t, matrixOptions(), func(cfg *nebula.Config) { cfg.Credential = nebula.Password(username, "wrong") })
		for range 3 {
			if err := r.call(t.Context(), fakenebula.OpListKeys); !nebula.IsUnauthorized(err) {
				t.Errorf("got %v", err)
			}
			sleep(t, time.Hour)
		}
		r.mustCount(fakenebula.OpAny, 1)
	})
}

// TestAnotherKeysRefusalLeavesTheLogin: a key that is not accepted says nothing
// about the token.
func TestAnotherKeysRefusalLeavesTheLogin(t *testing.T) {
	t.Parallel()
	r := overSocket(t, matrixOptions(), asPassword)
	for range 3 {
		if err := r.call(t.Context(), fakenebula.OpListKeys); err != nil {
			t.Error(err)
		}
		if err := r.client.VerifyAPIKey(t.Context(), "revoked-long-ago"); !nebula.IsUnauthorized(err) {
			t.Errorf("got %v", err)
		}
	}
	r.mustCount(fakenebula.OpLogin, 1)
	r.mustCount(fakenebula.OpListKeys, 6)
}

func TestLoginEncodings(t *testing.T) {
	t.Parallel()
	const form, json = "application/x-www-form-urlencoded", "application/json"
	for name, test := range map[string]struct {
		accepts fakenebula.LoginEncoding
		fault   fakenebula.Answer
		want    string
	}{
		"both":      {fakenebula.LoginBoth, fakenebula.Answer{}, form},
		"form":      {fakenebula.LoginForm, fakenebula.Answer{}, form},
		"JSON":      {fakenebula.LoginJSON, fakenebula.Answer{}, form + " " + json},
		"400":       {fakenebula.LoginBoth, fakenebula.Failed(400, "no"), form + " " + json},
		"415":       {fakenebula.LoginBoth, fakenebula.HTML(415), form + " " + json},
		"422":       {fakenebula.LoginBoth, fakenebula.Failed(422, "no"), form + " " + json},
		"framework": {fakenebula.LoginBoth, fakenebula.JSON(422, `{"detail":[]}`), form + " " + json},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := overSocket(t, fakenebula.Options{LoginEncoding: test.accepts}, asPassword)
			if test.fault.Status != 0 {
				r.server.Inject(fakenebula.Fault{Operation: fakenebula.OpLogin, Answer: test.fault})
			}
			if err := r.call(t.Context(), fakenebula.OpListKeys); err != nil {
				t.Error(err)
			}
			var got []string
			for _, request := range r.server.Journal() {
				if request.Operation == fakenebula.OpLogin {
					got = append(got, request.ContentType)
				}
			}
			if strings.Join(got, " ") != test.want {
				t.Errorf("logins as %v", got)
			}
		})
	}
}

// TestFirstCallerLeaves: the login belongs to all who wait for it, not to the
// one who came first.
func TestFirstCallerLeaves(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := inProcess(t, fakenebula.Options{}, asPassword)
		r.server.Inject(fakenebula.Fault{Operation: fakenebula.OpLogin, Delay: 10 * time.Second})
		ctx, cancel := context.WithCancel(t.Context())
		first, second := make(chan error, 1), make(chan error, 1)
		go func() { first <- r.call(ctx, fakenebula.OpListKeys) }()
		synctest.Wait()
		go func() { second <- r.call(t.Context(), fakenebula.OpListKeys) }()
		synctest.Wait()
		began := time.Now()
		cancel()
		if err := <-first; !errors.Is(err, context.Canceled) || time.Since(began) > 0 {
			t.Errorf("the first: %v after %s", err, time.Since(began))
		}
		if err := <-second; err != nil {
			t.Errorf("the second: %v", err)
		}
		r.mustCount(fakenebula.OpLogin, 1)
		r.mustCount(fakenebula.OpListKeys, 1)
	})
}

// TestFirstCallerTimesOut is the same with a time-out.
func TestFirstCallerTimesOut(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := inProcess(t, fakenebula.Options{}, asPassword)
		r.server.Inject(fakenebula.Fault{Operation: fakenebula.OpLogin, Delay: 10 * time.Second})
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		first, second := make(chan error, 1), make(chan error, 1)
		go func() { first <- r.call(ctx, fakenebula.OpCreateKey) }()
		synctest.Wait()
		go func() { second <- r.call(t.Context(), fakenebula.OpCreateKey) }()
		if err := <-first; !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("the first: %v", err)
		}
		if err := <-second; err != nil {
			t.Errorf("the second: %v", err)
		}
		r.mustCount(fakenebula.OpLogin, 1)
		r.mustCount(fakenebula.OpCreateKey, 1)
	})
}

// TestLoginGivesUp: a login that never ends does not hold up its callers for
// longer than two minutes.
func TestLoginGivesUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := inProcess(t, fakenebula.Options{}, asPassword)
		r.server.Inject(fakenebula.Fault{Operation: fakenebula.OpLogin, Hang: true, Times: -1})
		began := time.Now()
		outcome{class: nebula.NotSent}.mustBe(t, r.call(t.Context(), fakenebula.OpListKeys))
		if waited := time.Since(began); waited > 2*time.Minute {
			t.Errorf("waited %s", waited)
		}
	})
}

func TestAccessTokenOfOtherCredentials(t *testing.T) {
	t.Parallel()
	given := jwt(fmt.Sprintf(`{"exp":%d}`, start().Add(time.Hour).Unix()))
	r := overSocket(t, fakenebula.Options{}, func(cfg *nebula.Config) { cfg.Credential = nebula.AccessToken(given) })
	if info, err := r.client.AccessToken(t.Context()); err != nil || info.Token != given || !info.ExpiresAt.Equal(start().Add(time.Hour)) {
		t.Errorf("got %q until %s, %v", info.Token, info.ExpiresAt, err)
	}
	opaque := overSocket(t, fakenebula.Options{}, func(cfg *nebula.Config) { cfg.Credential = nebula.AccessToken("opaque") })
	if info, err := opaque.client.AccessToken(t.Context()); err != nil || info.Token != "opaque" || !info.ExpiresAt.IsZero() {
		t.Errorf("got %q until %s, %v", info.Token, info.ExpiresAt, err)
	}
	key := overSocket(t, fakenebula.Options{}, nil)
	var credential *nebula.CredentialError
	if info, err := key.client.AccessToken(t.Context()); !errors.As(err, &credential) || info.Token != "" {
		t.Errorf("got %q, %v", info.Token, err)
	}
	for _, r := range []*fixture{r, opaque, key} {
		r.mustCount(fakenebula.OpAny, 0)
	}
}

// TestLoginNotFoundIsNotAMissingList: the list's routes are not tried in turn
// because the login's does not exist, and a shared error stays as it is.
func TestLoginNotFoundIsNotAMissingList(t *testing.T) {
	t.Parallel()
	for _, status := range []int{404, 405} {
		r := overSocket(t, fakenebula.Options{}, asPassword)
		r.server.Inject(fakenebula.Fault{Operation: fakenebula.OpLogin, Answer: fakenebula.Failed(status, "no"), Times: -1})
		r.together(20, func(int) {
			var e *nebula.APIError
			if err := r.call(t.Context(), fakenebula.OpListKeys); !errors.As(err, &e) || e.Route != "/login" || e.Reason != "" {
				t.Errorf("got %v", err)
			}
		})
		r.mustCount(fakenebula.OpAny, 1)
	}
}

func TestNewNeedsACredentialAndAnAddress(t *testing.T) {
	t.Parallel()
	for _, cfg := range []nebula.Config{
		{BaseURL: "https://api.example"},
		{BaseURL: "http://api.example", Credential: nebula.APIKeyCredential(apiKey)},
		{Credential: nebula.APIKeyCredential(apiKey), Clock: clock.System()},
	} {
		if client, err := nebula.New(cfg); err == nil || client != nil {
			t.Errorf("%+v is accepted", cfg)
		}
	}
	for want, credential := range map[nebula.CredentialKind]nebula.Credential{
		nebula.KindAPIKey: nebula.APIKeyCredential("k"), nebula.KindAccessToken: nebula.AccessToken("t"), nebula.KindPassword: nebula.Password("u", "p"),
	} {
		client, err := nebula.New(nebula.Config{BaseURL: "https://api.example", Credential: credential})
		if err != nil || client.CredentialKind() != want {
			t.Errorf("%s: %v, %v", want, client, err)
		}
	}
}
