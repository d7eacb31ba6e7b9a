package api

import (
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// Access is what a token lets its holder read: everything, or the named endpoints.
type Access struct {
	All    bool
	Custom map[string]EndpointAccess
}

// EndpointAccess narrows one endpoint.
type EndpointAccess struct {
	// Filter is a filter of the query language that holds of every record the holder sees; null: none.
	Filter json.RawMessage `json:"filter"`
	// Fields are the columns the holder sees; none: all.
	Fields []string `json:"fields"`
}

// MarshalJSON writes "All" or {"Custom": {...}}.
func (a Access) MarshalJSON() ([]byte, error) {
	if a.All {
		return []byte(`"All"`), nil
	}
	return json.Marshal(map[string]any{"Custom": a.Custom})
}

// UnmarshalJSON reads what MarshalJSON writes.
func (a *Access) UnmarshalJSON(data []byte) error {
	*a = Access{}
	if strings.TrimSpace(string(data)) == `"All"` {
		a.All = true
		return nil
	}
	var in struct {
		Custom map[string]EndpointAccess `json:"Custom"`
	}
	if err := json.Unmarshal(data, &in); err != nil || in.Custom == nil {
		return errors.New(`access is "All" or {"Custom": {"endpoint": {"filter": null, "fields": []}}}`)
	}
	a.Custom = in.Custom
	return nil
}

const (
	audience = "cache_user"
	subject  = "api@dozer.com"
)

type claims struct {
	Audience string  `json:"aud"`
	Subject  string  `json:"sub"`
	Expires  float64 `json:"exp"`
	Access   Access  `json:"access"`
}

// NewToken signs a token that is good until the given time.
func NewToken(secret string, access Access, until time.Time) (string, error) {
	return jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims{
		"aud": audience, "sub": subject, "exp": until.Unix(), "access": access,
	}).SignedString([]byte(secret))
}

// milliseconds is a number of seconds no token lives to: Dozer wrote exp in milliseconds.
const milliseconds = 1e11

// parseToken checks a token and returns what it gives access to.
func parseToken(secret, token string, now time.Time) (Access, error) {
	parser := jwt.NewParser(jwt.WithValidMethods([]string{"HS256"}), jwt.WithoutClaimsValidation())
	raw := jwt.MapClaims{}
	_, err := parser.ParseWithClaims(token, raw, func(*jwt.Token) (any, error) { return []byte(secret), nil })
	if err != nil {
		return Access{}, newError(codeUnauthenticated, "the token is not valid: %v", err)
	}
	data, err := json.Marshal(raw)
	if err != nil {
		return Access{}, newError(codeUnauthenticated, "the token is not valid: %v", err)
	}
	var c claims
	if err := json.Unmarshal(data, &c); err != nil {
		return Access{}, newError(codeUnauthenticated, "the token is not valid: %v", err)
	}
	if c.Expires > milliseconds {
		c.Expires /= 1000
	}
	if c.Audience != audience || float64(now.Unix()) >= c.Expires {
		return Access{}, newError(codeUnauthenticated, "the token is for someone else or has expired: ask for a new one")
	}
	return c.Access, nil
}

// authorize checks what a request shows ("Bearer ...").
func (s *service) authorize(header string) (Access, error) {
	if s.opts.Secret == "" {
		return Access{All: true}, nil
	}
	scheme, token, ok := strings.Cut(header, " ")
	if !ok || !strings.EqualFold(scheme, "bearer") {
		return Access{}, newError(codeUnauthenticated, "a token is needed: send the header Authorization: Bearer <token>")
	}
	return parseToken(s.opts.Secret, strings.TrimSpace(token), s.opts.Now())
}

// newToken makes a token for a caller who has access to everything.
func (s *service) newToken(caller Access, body []byte) (string, error) {
	if s.opts.Secret == "" {
		return "", newError(codeUnknownPath, "no tokens are used: set api.api_security to !Jwt with a secret")
	}
	if !caller.All {
		return "", newError(codeUnauthenticated, "only a token with access to everything makes tokens")
	}
	var access Access
	if err := json.Unmarshal(body, &access); err != nil {
		return "", newError(codeBadQuery, "%v", err)
	}
	return NewToken(s.opts.Secret, access, s.opts.Now().Add(s.opts.TokenTTL))
}

// of returns the access to one endpoint.
func (a *Access) of(endpoint string) (EndpointAccess, error) {
	if a.All {
		return EndpointAccess{}, nil
	}
	e, ok := a.Custom[endpoint]
	if !ok {
		return e, newError(codeForbidden, "the token gives no access to endpoint %q", endpoint)
	}
	return e, nil
}
