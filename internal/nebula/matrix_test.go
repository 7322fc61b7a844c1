package nebula_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nebulablock/terraform-provider-nebula/internal/clock"
	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
)

// outcome is what a cell of the fault matrix must come to.
type outcome struct {
	// tries is how often the call is tried; each try that is sent must reach
	// the server as exactly one request.
	tries int
	// atLeast is set where waiting for the time-out bounds the tries, which
	// are then only known roughly.
	atLeast bool
	// ok says that the call succeeds all the same.
	ok     bool
	class  nebula.Class
	status int
	// check is what else must hold of the error.
	check func(error) bool
}

// fault is a row of the matrix: one thing that goes wrong, for as long as the
// call goes on.
type fault struct {
	name string
	// inject arms the fault for an operation. It is nil where before does it.
	inject func(op fakenebula.Operation) fakenebula.Fault
	// before prepares the server, over a socket.
	before func(*fixture)
	tls    bool
	// notSent faults reach no server.
	notSent bool
	// processOnly and socketOnly rows have no meaning on the other side.
	processOnly, socketOnly bool
	// times is how often the fault strikes, for ever when 0.
	times int
	// waits bounds what passes on the clock.
	waits [2]time.Duration

	create, list, remove, login outcome
}

func always(f fakenebula.Fault) func(fakenebula.Operation) fakenebula.Fault {
	return func(fakenebula.Operation) fakenebula.Fault { return f }
}

func answer(a fakenebula.Answer) func(fakenebula.Operation) fakenebula.Fault {
	return always(fakenebula.Fault{Answer: a})
}

func refused(status int) outcome {
	return outcome{tries: 1, class: nebula.Refused, status: status}
}

func ambiguous(tries, status int) outcome {
	return outcome{tries: tries, class: nebula.Ambiguous, status: status}
}

const (
	// all is the tries of a call that may be sent again.
	all = 1 + maxRetries
	// logins is the tries of a login.
	logins = 3
)

// ambiguousRow is the row of a fault after which nobody knows whether the
// server acted.
func ambiguousRow(name string, status int, inject func(fakenebula.Operation) fakenebula.Fault) fault {
	f := fault{
		name: name, inject: inject,
		create: ambiguous(1, status), list: ambiguous(all, status), remove: ambiguous(all, status), login: ambiguous(logins, status),
	}
	if status == http.StatusOK {
		// A delete that succeeded illegibly is not repeated: a list decides.
		f.remove.tries = 1
	}
	return f
}

// refusedRow is the row of an answer that will not change.
func refusedRow(name string, status int, check func(error) bool, inject func(fakenebula.Operation) fakenebula.Fault) fault {
	o := refused(status)
	o.check = check
	return fault{name: name, inject: inject, create: o, list: o, remove: o, login: o}
}

func notSentRow(name string, f fault) fault {
	f.name, f.notSent = name, true
	n := outcome{tries: all, class: nebula.NotSent}
	f.create, f.list, f.remove, f.login = n, n, n, n
	f.login.tries = logins
	return f
}

func certificateRow(name string, f fault) fault {
	f.name, f.notSent = name, true
	c := outcome{tries: 1, class: nebula.NotSent, check: func(err error) bool {
		var e *nebula.APIError
		return errors.As(err, &e) && e.Certificate
	}}
	f.create, f.list, f.remove, f.login = c, c, c, c
	return f
}

func limitedRow(name, retryAfter string, times int, least, most time.Duration) fault {
	waited := outcome{tries: times + 1, ok: true}
	return fault{
		name: name, inject: answer(fakenebula.TooManyRequests(retryAfter)), times: times, waits: [2]time.Duration{least, most},
		create: waited, list: waited, remove: waited, login: waited,
	}
}

func faults() []fault {
	notFound := refusedRow("404", 404, nebula.IsNotFound, answer(fakenebula.Failed(404, "Not Found")))
	notFound.list.tries, notFound.create.tries = 3, 2 // each spelling once
	notFoundHTML := refusedRow("404 of a proxy", 404, nebula.IsNotFound, answer(fakenebula.HTML(404)))
	notFoundHTML.list.tries, notFoundHTML.create.tries = 3, 2
	notAllowed := refusedRow("405", 405, nebula.IsNotFound, answer(fakenebula.Failed(405, "Method Not Allowed")))
	notAllowed.list.tries, notAllowed.create.tries = 3, 2

	badRequest := refusedRow("400", 400, nebula.IsInvalid, answer(fakenebula.Failed(400, "no")))
	badRequest.login.tries = 2 // the other encoding, once
	unprocessable := refusedRow("422", 422, nebula.IsInvalid, answer(fakenebula.Failed(422, "no")))
	unprocessable.login.tries = 2
	mediaType := refusedRow("415", 415, nil, answer(fakenebula.Failed(415, "no")))
	mediaType.login.tries = 2
	// The other forms of a refusal.
	framework := refusedRow("422 with a list of faults", 422, nebula.IsInvalid, answer(fakenebula.JSON(422, `{"detail":[{"loc":["body","name"],"msg":"field required"}]}`)))
	framework.login.tries = 2
	detail := refusedRow("400 with a detail", 400, nebula.IsInvalid, answer(fakenebula.JSON(400, `{"detail":"no"}`)))
	detail.login.tries = 2
	message := refusedRow("409 with a message alone", 409, nebula.IsConflict, answer(fakenebula.JSON(409, `{"message":"in use"}`)))
	otherJSON := ambiguousRow("422 of other JSON", 422, answer(fakenebula.JSON(422, `{"error":"no"}`)))
	otherJSON.login.tries = 2
	contradictory := ambiguousRow("400 with success", 400, answer(fakenebula.JSON(400, `{"status":"success","message":"?"}`)))
	contradictory.login.tries = 2

	badProxy := ambiguousRow("400 of a proxy", 400, answer(fakenebula.HTML(400)))
	badProxy.login.tries = 2

	conflict := refusedRow("409", 409, nebula.IsConflict, answer(fakenebula.Failed(409, "in use")))
	conflictProxy := ambiguousRow("409 of a proxy", 409, answer(fakenebula.HTML(409)))
	for _, o := range []*outcome{&conflict.remove, &message.remove, &conflictProxy.remove} {
		// Six minutes of waits of 1, 2, 4, 8, 16, 30, 30... s at most.
		o.tries, o.atLeast = 16, true
	}

	wrongTypes := ambiguousRow("wrong JSON types", 200, func(op fakenebula.Operation) fakenebula.Fault {
		field := map[fakenebula.Operation]string{fakenebula.OpLogin: "jwtToken"}[op]
		if field == "" {
			field = "id"
		}
		return fakenebula.Fault{Rewrite: fakenebula.WithField(field, "{}")}
	})
	wrongTypes.remove = outcome{tries: 1, ok: true} // its data does not matter
	noData := ambiguousRow("data: null", 200, always(fakenebula.Fault{Rewrite: fakenebula.WithData("null")}))
	noData.remove = outcome{tries: 1, ok: true}
	otherData := ambiguousRow("data of another type", 200, always(fakenebula.Fault{Rewrite: fakenebula.WithData(`"text"`)}))
	otherData.remove = outcome{tries: 1, ok: true}

	hour := refusedRow("429 for an hour", 429, func(err error) bool {
		var e *nebula.APIError
		return nebula.IsRateLimited(err) && errors.As(err, &e) && e.RetryAfter == time.Hour
	}, answer(fakenebula.TooManyRequests("3600")))
	hour.waits = [2]time.Duration{0, time.Nanosecond}
	endless := refusedRow("429 without end", 429, nebula.IsRateLimited, answer(fakenebula.TooManyRequests("50")))
	for _, o := range []*outcome{&endless.create, &endless.list, &endless.remove} {
		o.tries, o.atLeast = 6, true
	}
	endless.login.tries, endless.login.atLeast = 3, true

	rows := []fault{
		notSentRow("connection refused", fault{socketOnly: true, before: func(r *fixture) { r.endpoint.Stop() }}),
		notSentRow("connection refused", fault{processOnly: true, inject: always(fakenebula.Fault{NotSent: fakenebula.ConnectionRefused()})}),
		notSentRow("no such host", fault{processOnly: true, inject: always(fakenebula.Fault{NotSent: fakenebula.NoSuchHost("api.example")})}),
		notSentRow("dial time-out", fault{processOnly: true, inject: always(fakenebula.Fault{NotSent: fakenebula.DialTimeout()})}),
		certificateRow("certificate", fault{socketOnly: true, tls: true}),
		certificateRow("certificate", fault{processOnly: true, inject: always(fakenebula.Fault{NotSent: fakenebula.UnknownAuthority()})}),

		ambiguousRow("reset before acting", 0, always(fakenebula.Fault{Drop: true})),
		ambiguousRow("reset after acting", 0, always(fakenebula.Fault{Drop: true, Commit: true})),
		ambiguousRow("truncated", 200, always(fakenebula.Fault{Rewrite: fakenebula.Cut})),
		ambiguousRow("oversized", 200, always(fakenebula.Fault{Rewrite: fakenebula.Oversize})),
		ambiguousRow("200 HTML", 200, answer(fakenebula.HTML(200))),
		ambiguousRow("200 of another JSON", 200, answer(fakenebula.JSON(200, `[]`))),
		ambiguousRow("200 with an unknown status", 200, answer(fakenebula.JSON(200, `{"status":"pending","message":"later"}`))),
		badProxy, conflictProxy,

		refusedRow("200 failed", 200, nebula.IsFailedEnvelope, answer(fakenebula.Failed(200, "no"))),
		refusedRow("401 for ever", 401, nebula.IsUnauthorized, answer(fakenebula.Failed(401, "no"))),
		refusedRow("403", 403, nebula.IsForbidden, answer(fakenebula.Failed(403, "no"))),
		refusedRow("403 of a proxy", 403, nebula.IsForbidden, answer(fakenebula.HTML(403))),
		notFound, notFoundHTML, notAllowed, badRequest, unprocessable, mediaType, framework, detail, message, otherJSON, contradictory, conflict,
		wrongTypes, noData, otherData,

		limitedRow("429 with seconds", "7", 2, 14*time.Second, 14*time.Second),
		limitedRow("429 with a date", start().Add(time.Minute).Format(http.TimeFormat), 1, time.Minute, time.Minute),
		limitedRow("429 with a date gone by", start().Add(-time.Minute).Format(http.TimeFormat), 2, time.Microsecond, 3*time.Second),
		limitedRow("429 without Retry-After", "", 4, time.Microsecond, 15*time.Second),
		limitedRow("429 with nonsense", "soon", 2, time.Microsecond, 3*time.Second),
		limitedRow("429 with zero", "0", 3, time.Microsecond, 7*time.Second),
		hour, endless,
	}
	// Waiting for a time-out on a socket would be waiting on the machine's own
	// clock, and a busy machine may not even have sent the request by then.
	for _, committed := range []bool{false, true} {
		row := ambiguousRow(fmt.Sprintf("time-out, acted %t", committed), 0, always(fakenebula.Fault{Hang: true, Commit: committed}))
		row.processOnly = true
		rows = append(rows, row)
	}
	stalled := ambiguousRow("stalled body", 200, always(fakenebula.Fault{Rewrite: fakenebula.Stall}))
	stalled.processOnly = true
	rows = append(rows, stalled)
	for _, status := range []int{301, 302, 303, 307, 308} {
		rows = append(rows, ambiguousRow(fmt.Sprint(status), status, answer(fakenebula.Redirect(status, "/api/v1/elsewhere"))))
	}
	for _, status := range []int{500, 502, 503, 504} {
		rows = append(rows,
			ambiguousRow(fmt.Sprint(status, " of a proxy"), status, answer(fakenebula.HTML(status))),
			ambiguousRow(fmt.Sprint(status, " with envelope"), status, answer(fakenebula.Failed(status, "no"))))
	}
	return rows
}

// TestFaultMatrix is the client's part of the fault matrix: what each fault
// comes to for each operation, over sockets and without.
func TestFaultMatrix(t *testing.T) {
	t.Parallel()
	for _, row := range faults() {
		for op, want := range map[fakenebula.Operation]outcome{
			fakenebula.OpCreateKey: row.create, fakenebula.OpListKeys: row.list,
			fakenebula.OpDeleteKey: row.remove, fakenebula.OpLogin: row.login,
		} {
			name := fmt.Sprintf("%s/%s", row.name, op)
			if !row.processOnly {
				t.Run(name+"/socket", func(t *testing.T) {
					t.Parallel()
					row.overSocket(t, op, want)
				})
			}
			if !row.socketOnly {
				t.Run(name+"/in process", func(t *testing.T) {
					t.Parallel()
					synctest.Test(t, func(t *testing.T) { row.inProcess(t, op, want) })
				})
			}
		}
	}
}

func (f fault) overSocket(t *testing.T, op fakenebula.Operation, want outcome) {
	t.Helper()
	listen := (*fakenebula.Server).Start
	if f.tls {
		listen = (*fakenebula.Server).StartTLS
	}
	r := dial(t, matrixOptions(), func(cfg *nebula.Config) {
		if op == fakenebula.OpLogin {
			asPassword(cfg)
		}
	}, listen)
	if f.before != nil {
		f.before(r)
	}
	f.strike(r, op, want)
}

func (f fault) inProcess(t *testing.T, op fakenebula.Operation, want outcome) {
	t.Helper()
	// The bubble's clock begins in 2000; dates are relative to the tests' start.
	if err := clock.System().Sleep(t.Context(), time.Until(start())); err != nil {
		t.Fatal(err)
	}
	r := inProcess(t, matrixOptions(), func(cfg *nebula.Config) {
		if op == fakenebula.OpLogin {
			asPassword(cfg)
		}
	})
	f.strike(r, op, want)
}

// matrixOptions make the keys "own", 1, and "other", 2. The API has every
// spelling of each route, so that a fault of an operation strikes them all.
func matrixOptions() fakenebula.Options {
	return fakenebula.Options{APIKeys: []fakenebula.SeedKey{{Name: "other"}}, Keys: everySpelling()}
}

func everySpelling() fakenebula.KeyOptions {
	return fakenebula.KeyOptions{
		CreateRoutes: fakenebula.CreateSpellings(), ListRoutes: fakenebula.ListSpellings(), DeleteRoutes: fakenebula.DeleteSpellings(),
	}
}

func (f fault) strike(r *fixture, op fakenebula.Operation, want outcome) {
	r.t.Helper()
	if f.inject != nil {
		armed := f.inject(op)
		armed.Operation, armed.Times = op, f.times
		if f.times == 0 {
			armed.Times = -1
		}
		r.server.Inject(armed)
	}
	ctx, cancel := r.clock.WithTimeout(r.t.Context(), 6*time.Minute)
	defer cancel()
	began := r.clock.Now()
	err := r.call(ctx, op)
	waited := r.clock.Now().Sub(began)

	want.mustBe(r.t, err)
	tries := r.tries(op)
	if tries != want.tries && !(want.atLeast && tries > want.tries) {
		r.t.Errorf("%d tries, want %d", tries, want.tries)
	}
	sent := tries
	if f.notSent {
		sent = 0
	}
	r.mustCount(op, sent)
	r.mustCount(fakenebula.OpOther, 0)
	if f.times > 0 && r.server.ArmedFaults() > 0 {
		r.t.Errorf("the fault has not struck %d times", f.times)
	}
	if f.waits[1] > 0 && (waited < f.waits[0] || waited > f.waits[1]+time.Second/2) {
		r.t.Errorf("waited %s, want %s to %s", waited, f.waits[0], f.waits[1])
	}
	if f.inject != nil && (f.inject(op).Commit || want.ok) {
		f.mustHaveActed(r, op, tries)
	}
}

// mustHaveActed checks that the server did what was asked as often as it was
// asked, and nothing else.
func (f fault) mustHaveActed(r *fixture, op fakenebula.Operation, tries int) {
	r.t.Helper()
	made := map[string]int{}
	for _, key := range r.server.Keys() {
		made[key.Name]++
	}
	want := map[string]int{"own": 1, "other": 1}
	switch op {
	case fakenebula.OpCreateKey:
		want["new"] = 1
		if f.inject(op).Commit && tries != 1 {
			r.t.Errorf("a create that may have been carried out was sent %d times", tries)
		}
	case fakenebula.OpDeleteKey:
		delete(want, "other")
	default: // reads change nothing
	}
	if fmt.Sprint(made) != fmt.Sprint(want) {
		r.t.Errorf("the server holds the keys %v, want %v", made, want)
	}
}

// call carries out an operation: a create of "new", a delete of key 2.
func (r *fixture) call(ctx context.Context, op fakenebula.Operation) error {
	switch op {
	case fakenebula.OpCreateKey:
		_, err := r.client.CreateAPIKey(ctx, asking(nebula.APIKeyRequest{Name: "new"}))
		return err
	case fakenebula.OpListKeys:
		keys, err := list(ctx, r.client)
		if err != nil && keys != nil {
			return errors.Join(err, errors.New("a list came with the error"))
		}
		return err
	case fakenebula.OpDeleteKey:
		return remove(ctx, r.client, "2")
	case fakenebula.OpLogin:
		_, err := r.client.AccessToken(ctx)
		return err
	default:
		panic(op)
	}
}

func (want outcome) mustBe(t *testing.T, err error) {
	t.Helper()
	if want.ok {
		if err != nil {
			t.Errorf("got the error %v", err)
		}
		return
	}
	var e *nebula.APIError
	if !errors.As(err, &e) {
		t.Fatalf("got %T %v, want an *APIError", err, err)
	}
	if e.Class != want.class || e.Status != want.status {
		t.Errorf("%v: %s with status %d, want %s with status %d", err, e.Class, e.Status, want.class, want.status)
	}
	if nebula.IsAmbiguous(err) != (want.class == nebula.Ambiguous) {
		t.Errorf("%v: IsAmbiguous contradicts the class", err)
	}
	if want.check != nil && !want.check(err) {
		t.Errorf("%v is not told apart", err)
	}
	if e.Interrupted {
		t.Errorf("%v counts as interrupted", err)
	}
}

// TestFaultPasses is the other half of the matrix: where a fault may be
// answered by another try, one fault does no harm.
func TestFaultPasses(t *testing.T) {
	t.Parallel()
	for _, row := range faults() {
		for op, want := range map[fakenebula.Operation]outcome{
			fakenebula.OpCreateKey: row.create, fakenebula.OpListKeys: row.list,
			fakenebula.OpDeleteKey: row.remove, fakenebula.OpLogin: row.login,
		} {
			again := want.class != nebula.Refused && want.tries > 1 || op == fakenebula.OpDeleteKey && want.status == http.StatusConflict
			if row.socketOnly || row.times > 0 || !again {
				continue
			}
			t.Run(fmt.Sprintf("%s/%s", row.name, op), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					r := inProcess(t, matrixOptions(), func(cfg *nebula.Config) {
						if op == fakenebula.OpLogin {
							asPassword(cfg)
						}
					})
					armed := row.inject(op)
					armed.Operation = op
					r.server.Inject(armed)
					err := r.call(t.Context(), op)
					if op == fakenebula.OpDeleteKey && armed.Commit {
						// The first try deleted the key, so the second is told
						// that there is none: for a list to decide.
						if !nebula.IsNotFound(err) {
							t.Errorf("got %v", err)
						}
					} else if err != nil {
						t.Errorf("got %v", err)
					}
					if got := r.tries(op); got != 2 {
						t.Errorf("%d tries, want 2", got)
					}
				})
			})
		}
	}
}

// TestUnauthorized is the row 401 of the matrix for each kind of credential: a
// token from a login is renewed once and the call sent again; with another
// credential the error says which one.
func TestUnauthorized(t *testing.T) {
	t.Parallel()
	operations := []fakenebula.Operation{fakenebula.OpCreateKey, fakenebula.OpListKeys, fakenebula.OpDeleteKey}
	for _, op := range operations {
		for kind, credential := range map[nebula.CredentialKind]nebula.Credential{
			nebula.KindAPIKey:      nebula.APIKeyCredential("ak_unknown-to-the-server"),
			nebula.KindAccessToken: nebula.AccessToken(exampleJWT),
		} {
			t.Run(fmt.Sprintf("%s/%s", kind, op), func(t *testing.T) {
				t.Parallel()
				r := overSocket(t, matrixOptions(), func(cfg *nebula.Config) { cfg.Credential = credential })
				err := r.call(t.Context(), op)
				refused(401).mustBe(t, err)
				var e *nebula.APIError
				if errors.As(err, &e); e.Credential != kind || e.AfterCreate {
					t.Errorf("%+v", e)
				}
				r.mustCount(op, 1)
				r.mustCount(fakenebula.OpLogin, 0)
			})
		}
		t.Run(fmt.Sprintf("%s revoked/%s", nebula.KindPassword, op), func(t *testing.T) {
			t.Parallel()
			r := overSocket(t, matrixOptions(), asPassword)
			if _, err := r.client.AccessToken(t.Context()); err != nil {
				t.Fatal(err)
			}
			r.server.ExpireTokens()
			if err := r.call(t.Context(), op); err != nil {
				t.Error(err)
			}
			r.mustCount(op, 2)
			r.mustCount(fakenebula.OpLogin, 2)
		})
		t.Run(fmt.Sprintf("%s for ever/%s", nebula.KindPassword, op), func(t *testing.T) {
			t.Parallel()
			r := overSocket(t, matrixOptions(), asPassword)
			r.server.Inject(fakenebula.Fault{Operation: op, Answer: fakenebula.Failed(401, "no"), Times: -1})
			err := r.call(t.Context(), op)
			refused(401).mustBe(t, err)
			var e *nebula.APIError
			if errors.As(err, &e); e.Credential != nebula.KindPassword {
				t.Errorf("%+v", e)
			}
			r.mustCount(op, 2)
			r.mustCount(fakenebula.OpLogin, 2)
		})
	}
}

// TestUnauthorizedAfterCreate: an account that allows one key only answers a
// create by invalidating the credential in use, and the next call gets 401.
func TestUnauthorizedAfterCreate(t *testing.T) {
	t.Parallel()
	r := overSocket(t, fakenebula.Options{Keys: fakenebula.KeyOptions{OneKey: true}}, nil)
	created, err := r.client.CreateAPIKey(t.Context(), asking(nebula.APIKeyRequest{Name: "new"}))
	if err != nil {
		t.Fatal(err)
	}
	_, err = list(t.Context(), r.client)
	var e *nebula.APIError
	if !errors.As(err, &e) || e.Status != 401 || !e.AfterCreate {
		t.Errorf("list: %+v", e)
	}
	if err := r.client.VerifyAPIKey(t.Context(), created.Secret); err != nil {
		t.Errorf("the new key: %v", err)
	}
	r.server.RevokeCredential(created.Secret)
	err = r.client.VerifyAPIKey(t.Context(), created.Secret)
	if !errors.As(err, &e) || !nebula.IsUnauthorized(err) || e.AfterCreate || e.Credential != nebula.KindAPIKey {
		t.Errorf("verifying a revoked key: %+v", e)
	}
}

// TestAmbiguityStays: once a try may have been acted on, a later one that was
// never sent does not make the call harmless.
func TestAmbiguityStays(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := inProcess(t, matrixOptions(), nil)
		r.server.Inject(
			fakenebula.Fault{Operation: fakenebula.OpDeleteKey, Drop: true, Commit: true},
			fakenebula.Fault{Operation: fakenebula.OpDeleteKey, NotSent: fakenebula.ConnectionRefused(), Skip: 1, Times: -1},
		)
		if err := r.call(t.Context(), fakenebula.OpDeleteKey); !nebula.IsAmbiguous(err) {
			t.Errorf("got %v", err)
		}
		r.mustCount(fakenebula.OpDeleteKey, 1)
	})
}
