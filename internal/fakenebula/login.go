package fakenebula

import (
	"net/http"
	"net/url"
	"slices"
	"time"
)

// loginAccount is the account number that every login answers with; all users
// share the one account.
const loginAccount = 18

func loginRoutes() []route {
	return []route{{
		method: http.MethodPost, path: "/login", operation: OpLogin, open: true,
		handle: func(s *Server, c *call, at time.Time) Answer { return s.login(c, at) },
	}}
}

func (s *Server) login(c *call, at time.Time) Answer {
	username, password, refusal := s.loginFields(c)
	if refusal.Status != 0 {
		return refusal
	}
	if want, known := s.options.Users[username]; !known || want != password {
		return Failed(http.StatusUnauthorized, "Invalid credentials")
	}
	return succeeded("Login successful", struct {
		ID       int    `json:"id"`
		Name     string `json:"name"`
		Email    string `json:"email"`
		IsStaff  bool   `json:"is_staff"`
		IsActive bool   `json:"is_active"`
		JWTToken string `json:"jwtToken"`
	}{loginAccount, "Test User", username, false, true, s.newToken(username, at)})
}

// loginFields reads the body in the encodings that the options allow.
func (s *Server) loginFields(c *call) (username, password string, refusal Answer) {
	accepts := s.options.LoginEncoding
	switch media := c.mediaType(); {
	case media == "application/x-www-form-urlencoded" && accepts != LoginJSON:
		form, err := url.ParseQuery(string(c.body))
		if err != nil || len(form) != 2 || !slices.Equal([]int{1, 1}, []int{len(form["username"]), len(form["password"])}) {
			return "", "", Failed(http.StatusBadRequest, "Invalid form")
		}
		return form.Get("username"), form.Get("password"), Answer{}
	case media == "application/json" && accepts != LoginForm:
		var body struct {
			Username string `json:"username"`
			Password string `json:"password"`
		}
		if c.decode(&body) != nil {
			return "", "", Failed(http.StatusBadRequest, "Invalid JSON")
		}
		return body.Username, body.Password, Answer{}
	default:
		return "", "", Failed(http.StatusUnsupportedMediaType, "Unsupported media type")
	}
}
