package nebula

import (
	"context"
	"encoding/json"
)

// Instance is a machine as a list shows it (GET /computing/instances). Neither
// product nor image nor SSH key is in it. A number or text that the row lacks
// is "".
type Instance struct {
	ID ID `json:"id"`
	// HostName is the name that the user gave; rows of 2025 have it as Name,
	// too.
	HostName    Text `json:"host_name"`
	Name        Text `json:"name"`
	Region      Text `json:"region"`
	DCID        Text `json:"dc_id"`
	ProductType Text `json:"product_type"`
	// FirstType is ProductType as the first pages of 2024 call it.
	FirstType Text   `json:"instance_type"`
	CPUCores  Number `json:"cpu_cores"`
	// RAM, DiskSize and Ephemeral are in GB.
	RAM Number `json:"ram"`
	// GPUType holds what products call the GPU ("RTX-A6000") where there is no
	// GPU; else it is the family.
	GPU        Text   `json:"gpu"`
	GPUType    Text   `json:"gpu_type"`
	GPUCount   Number `json:"gpu_count"`
	DiskSize   Number `json:"disk_size"`
	Ephemeral  Number `json:"ephemeral"`
	PublicIPv4 Text   `json:"public_ipv4"`
	// PricePerHour is in US dollars.
	PricePerHour Number `json:"price_per_hour"`
	OS           Text   `json:"os"`
	// Status is the API's word. No list of them is known.
	Status    Text  `json:"status"`
	CreatedAt Stamp `json:"created_at"`
	EndedAt   Stamp `json:"ended_at"`
	// Kind is 0 for a machine on demand and 1 for a reserved one.
	Kind Number `json:"type"`
}

// lacks spoils the whole list for one row without an id: a list that may lack a
// machine must not be used to say that a machine is gone.
func (i Instance) lacks() string {
	if i.ID == "" {
		return "an instance in the answer has no id"
	}
	return ""
}

// InstanceDetail is what only the detail of a machine tells (GET
// /computing/instance/{id}). It holds a password.
type InstanceDetail struct {
	Instance

	LANIPv4     Text `json:"lan_ipv4"`
	LoginMethod Text `json:"login_method"`
	// ExposedPorts is text of no documented form.
	ExposedPorts Text `json:"exposed_ports"`
	// RunningTime and TotalCost are texts such as "66.9070 hours" and
	// "$961.5400".
	RunningTime Text `json:"running_time"`
	TotalCost   Text `json:"total_cost"`

	// User and Password have several names in an answer. The member "user" is
	// none of them: it says who made the machine.
	User     string `json:"-"`
	Password string `json:"-"`
}

// String keeps the password out of a stray %v.
func (d InstanceDetail) String() string { return "instance " + CleanText(string(d.ID)) }

// GoString is String, for %#v.
func (d InstanceDetail) GoString() string { return d.String() }

// UnmarshalJSON reads the user and the password under each of their names.
func (d *InstanceDetail) UnmarshalJSON(b []byte) error {
	type plain InstanceDetail
	if err := json.Unmarshal(b, (*plain)(d)); err != nil {
		return err
	}
	var login struct {
		UserName   Text `json:"user_name"`
		VMName     Text `json:"vm_name"`
		Username   Text `json:"username"`
		Password   Text `json:"password"`
		VMPassword Text `json:"vm_password"`
	}
	if err := json.Unmarshal(b, &login); err != nil {
		return err
	}
	d.User = string(firstText(login.UserName, login.VMName, login.Username))
	d.Password = string(firstText(login.Password, login.VMPassword))
	return nil
}

func firstText(texts ...Text) Text {
	for _, text := range texts {
		if text != "" {
			return text
		}
	}
	return ""
}

// InstanceRequest is what a new machine is made of.
type InstanceRequest struct {
	Name                       string
	ProductID, ImageID, SSHKey ID
}

// CreateInstance asks for a machine (POST /computing/instance). The answer says
// neither its id nor anything else; a list has to find it. It is sent again
// only when it was certainly not sent before or was refused for its rate. An
// API that refuses the SSH key's id as a number gets it as a text, and the
// other way round: a refusal did nothing.
func (c *Client) CreateInstance(ctx context.Context, prepare func() (InstanceRequest, error)) error {
	err := c.createInstance(ctx, prepare, func(id ID) json.RawMessage { return numberOrText(string(id)) })
	if !refusesField(err, "ssh_key_id") {
		return err
	}
	if second := c.createInstance(ctx, prepare, func(id ID) json.RawMessage {
		text, _ := encodeJSON(string(id))
		return text
	}); !refusesField(second, "ssh_key_id") {
		return second
	}
	return err
}

func (c *Client) createInstance(ctx context.Context, prepare func() (InstanceRequest, error), keyID func(ID) json.RawMessage) error {
	type request struct {
		Name      string          `json:"instance_name"`
		ProductID string          `json:"product_id"`
		ImageID   string          `json:"image_id"`
		SSHKeyID  json.RawMessage `json:"ssh_key_id"`
	}
	return c.do(ctx, posting(at("/computing/instance"), jsonBody(func() (request, error) {
		r, err := prepare()
		return request{r.Name, string(r.ProductID), string(r.ImageID), keyID(r.SSHKey)}, err
	})))
}

// ListInstances gives all machines that the API lists without being asked for a
// kind.
func (c *Client) ListInstances(ctx context.Context) ([]Instance, error) {
	return listInstances(ctx, c, "/computing/instances")
}

// ListDeletedInstances gives the machines that were deleted.
func (c *Client) ListDeletedInstances(ctx context.Context) ([]Instance, error) {
	return listInstances(ctx, c, "/computing/deleted-instances")
}

func listInstances(ctx context.Context, c *Client, route string) ([]Instance, error) {
	return pages(ctx, c, listOf[Instance]{target: at(route), key: func(i Instance) string { return string(i.ID) }})
}

// InstanceDetail gives the detail of a machine, which comes as an array of one.
func (c *Client) InstanceDetail(ctx context.Context, id ID) (InstanceDetail, error) {
	route := at("/computing/instance/{id}", id)
	details, err := get[details](ctx, c, route)
	switch {
	case err != nil:
		return InstanceDetail{}, err
	case details[0].ID != id:
		failure := c.newFailure(reading(route), 1)
		failure.Reason = "the answer is about another instance"
		return InstanceDetail{}, failure
	}
	return details[0], nil
}

type details []InstanceDetail

// lacks refuses anything but one machine.
func (d details) lacks() string {
	if len(d) != 1 {
		return "the answer does not hold just one instance"
	}
	return d[0].lacks()
}

// DeleteInstance deletes a machine (DELETE /computing/instance/{id}). Only nil
// means that the API said so: what an error means for the machine, a list must
// decide.
func (c *Client) DeleteInstance(ctx context.Context, id ID) error {
	return c.remove(ctx, at("/computing/instance/{id}", id))
}

// StartInstance starts a machine. As the API wants it, this is a GET: it goes
// out on a connection of its own and is never sent again once it may have
// arrived.
func (c *Client) StartInstance(ctx context.Context, id ID) error {
	return c.changingGet(ctx, at("/computing/instance/{id}/start", id))
}

// StopInstance stops a machine, by a GET like StartInstance.
func (c *Client) StopInstance(ctx context.Context, id ID) error {
	return c.changingGet(ctx, at("/computing/instance/{id}/stop", id))
}

// RebootInstance reboots a machine, by a GET like StartInstance.
func (c *Client) RebootInstance(ctx context.Context, id ID) error {
	return c.changingGet(ctx, at("/computing/instance/{id}/reboot", id))
}
