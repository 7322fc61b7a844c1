package nebula

import "context"

// Product is a kind of machine that can be had, with its price (GET
// /computing/products). A number that the row lacks is "".
type Product struct {
	ID ID `json:"id"`
	// DCID is the data centre. An image fits a product of the same data centre
	// and region only.
	DCID Text `json:"dc_id"`
	// Type is "Virtual Machine", "Container" or "Baremetal".
	Type   Text `json:"product_type"`
	Region Text `json:"region"`
	// PricePerHour is in US dollars.
	PricePerHour Number `json:"price_per_hour"`
	CPUCores     Number `json:"cpu"`
	// RAM, DiskSize and Ephemeral are in GB.
	RAM Number `json:"ram"`
	// GPU is the model, such as "RTX-A6000"; GPUType is its family, "RTX".
	GPU       Text   `json:"gpu"`
	GPUType   Text   `json:"gpu_type"`
	GPUCount  Number `json:"gpu_count"`
	DiskSize  Number `json:"disk_size"`
	Ephemeral Number `json:"ephemeral"`
	// Stock is how many can be had. 99 is seen everywhere and looks like
	// "many".
	Stock     Number         `json:"stock"`
	Available optional[bool] `json:"is_available"`
}

// lacks spoils the catalogue for a row that cannot be ordered.
func (p Product) lacks() string {
	if p.ID == "" {
		return "a product in the answer has no id"
	}
	return ""
}

// CanBeHad says that a machine of this kind can be ordered now: the API does
// not say that it is unavailable, and does not say that none is in stock.
func (p Product) CanBeHad() bool {
	if p.Available.value != nil && !*p.Available.value {
		return false
	}
	stock, known := p.Stock.Int()
	return !known || stock > 0
}

// ListProducts gives the catalogue (GET /computing/products), in one array
// whether the API groups it by region and family or not.
func (c *Client) ListProducts(ctx context.Context) ([]Product, error) {
	return everything[Product](ctx, c, at("/computing/products"))
}

// Image is an operating system that a machine can be made with (GET
// /computing/images).
type Image struct {
	ID     ID   `json:"id"`
	DCID   Text `json:"dc_id"`
	OSName Text `json:"os_name"`
	OSType Text `json:"os_type"`
	Region Text `json:"region"`
}

// lacks spoils the list for a row that cannot be chosen.
func (i Image) lacks() string {
	if i.ID == "" {
		return "an image in the answer has no id"
	}
	return ""
}

// ListImages gives all images (GET /computing/images), in one array whether the
// API groups them by region or not.
func (c *Client) ListImages(ctx context.Context) ([]Image, error) {
	return everything[Image](ctx, c, at("/computing/images"))
}

// everything reads rows that come whole, as one array or in groups.
func everything[T any](ctx context.Context, c *Client, t target) ([]T, error) {
	rows, err := get[grouped[T]](ctx, c, t)
	if err != nil {
		return nil, err
	}
	return rows, nil
}
