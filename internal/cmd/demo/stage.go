package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/tfcli"
)

// demo is what all steps share.
type demo struct {
	api      *fakenebula.Server
	endpoint *fakenebula.Endpoint
	cli      *tfcli.CLI
	tell     *narrator
	folder   string // all files of the demo

	// The workspaces that more than one step uses.
	ci, team, sealed, rotating, unlucky, gpu *workspace
	// The secrets of the key of ci and of the two of rotating, as their consumers
	// have them.
	ciKey, oldKey, newKey string
	// strayID is the id of a key that is in no state.
	strayID string
}

// newDemo starts the API, builds the provider and finds the command line.
func newDemo(ctx context.Context, tell *narrator) (*demo, error) {
	folder, err := os.MkdirTemp("", "nebula-demo-")
	if err != nil {
		return nil, err
	}
	// The demo logs in with a password, so that the account can be empty: an
	// API key to authenticate with would itself be in it.
	const user, password = "demo@example.com", "demo-password"
	api := fakenebula.New(fakenebula.Options{Users: map[string]string{user: password}})
	d := &demo{api: api, tell: tell, folder: folder}
	if err := d.start(ctx, user, password); err != nil {
		return nil, errors.Join(err, d.close())
	}
	return d, nil
}

func (d *demo) start(ctx context.Context, user, password string) (err error) {
	if d.endpoint, err = d.api.Start(""); err != nil {
		return err
	}
	token, err := logIn(ctx, d.endpoint.URL, user, password)
	if err != nil {
		return err
	}
	plugins := filepath.Join(d.folder, "plugins")
	if err := d.findCLI(ctx, plugins, token); err != nil {
		return err
	}
	if _, err := tfcli.Build(ctx, plugins); err != nil {
		return err
	}
	d.tell.printf(`This is %s with the provider as it is in this repository, and a fake
API on this machine, which holds no key yet. The demo has logged in to it once;
the provider works with the token. Where a plan is shown, the apply after it
does what the plan says.
`, d.cli.Version())
	d.api.ResetJournal()
	return nil
}

// findCLI makes the command line at hand use the provider that is built here.
func (d *demo) findCLI(ctx context.Context, plugins, accessToken string) error {
	path, err := tfcli.Find(os.Getenv, exec.LookPath)
	if err != nil {
		return err
	}
	config := filepath.Join(d.folder, "cli.tfrc")
	if err := os.WriteFile(config, []byte(tfcli.Overrides(plugins, "nebulablock/nebula")), 0o600); err != nil {
		return err
	}
	d.cli, err = tfcli.Use(ctx, path, config, "NEBULA_API_URL="+d.endpoint.URL, "NEBULA_ACCESS_TOKEN="+accessToken)
	return err
}

// close stops the API and removes all files.
func (d *demo) close() error {
	if d.endpoint != nil {
		d.endpoint.Close()
	}
	return os.RemoveAll(d.folder)
}

// expectCalls tells which calls the API saw since the last time, and compares
// them with what the story says. In any order means that the provider does several
// things at once, or waits and asks for a list more than once.
func (d *demo) expectCalls(inAnyOrder bool, want ...string) error {
	journal := d.api.Journal()
	d.api.ResetJournal()
	d.tell.calls(journal)
	got := transcript(journal, (&narrator{}).status)
	if inAnyOrder {
		got, want = different(got), different(want)
	}
	if !slices.Equal(got, want) {
		return fmt.Errorf("the API saw the calls %q, want %q", got, want)
	}
	return nil
}

// different are the different lines, in order.
func different(lines []string) []string {
	return slices.Compact(slices.Sorted(slices.Values(lines)))
}

// rotated is the ending of the name of a rotating key.
var rotated = regexp.MustCompile(`-[0-9]{8}T[0-9]{6}Z$`)

// expectKeys compares the names of the account's keys, oldest first. The time in
// the name of a rotating key is TIME.
func (d *demo) expectKeys(want ...string) error {
	var got []string
	for _, key := range d.api.Keys() {
		got = append(got, rotated.ReplaceAllString(key.Name, "-TIME"))
	}
	if !slices.Equal(got, want) {
		return fmt.Errorf("the account holds the keys %q, want %q", got, want)
	}
	return nil
}

// consume calls the API with a key, as the key's consumers do. Which begins the
// sentence that tells of it.
func (d *demo) consume(ctx context.Context, which, key string, want int) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, d.endpoint.URL+"/api-keys", nil)
	if err != nil {
		return err
	}
	request.Header.Set("Authorization", "Bearer "+key)
	response, err := http.DefaultTransport.RoundTrip(request)
	if err != nil {
		return err
	}
	_ = response.Body.Close()
	d.api.ResetJournal()
	d.tell.say("%s calls the API: %s %s.", which, d.tell.status(response.StatusCode), http.StatusText(response.StatusCode))
	if response.StatusCode != want {
		return fmt.Errorf("the key got HTTP %d, want %d", response.StatusCode, want)
	}
	return nil
}

// logIn obtains an access token, as a pipeline would before it starts
// Terraform.
func logIn(ctx context.Context, apiURL, user, password string) (string, error) {
	form := url.Values{"username": {user}, "password": {password}}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, apiURL+"/login", strings.NewReader(form.Encode()))
	if err != nil {
		return "", err
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	response, err := http.DefaultTransport.RoundTrip(request)
	if err != nil {
		return "", err
	}
	defer func() { _ = response.Body.Close() }()
	var answer struct {
		Data struct {
			Token string `json:"jwtToken"`
		} `json:"data"`
	}
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil || answer.Data.Token == "" {
		return "", fmt.Errorf("the login gave no access token (HTTP %d)", response.StatusCode)
	}
	return answer.Data.Token, nil
}
