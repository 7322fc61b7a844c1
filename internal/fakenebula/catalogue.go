package fakenebula

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"time"
)

// The operations on the catalogue.
const (
	OpListProducts Operation = "list products"
	OpListImages   Operation = "list images"
)

// CatalogueOptions are the knobs of products and images.
type CatalogueOptions struct {
	// Products and Images are what can be had; those of the vendor's
	// documentation when nil.
	Products []Product
	Images   []Image
	// Flat lists them in one array instead of by region.
	Flat bool
	// TextNumbers writes numbers as texts.
	TextNumbers bool
}

// Product is a row of the catalogue. Numbers are as they are written.
type Product struct {
	ID, Region, ProductType, GPU, GPUType string
	DCID                                  int
	PricePerHour                          string
	CPU, RAM, GPUCount, Disk, Ephemeral   int
	// Stock is written as a number where it is one, else as a text, and as null
	// when empty. The vendor's field table says text, its example has a number.
	Stock       string
	Unavailable bool
}

// Image is a row of the list of images.
type Image struct {
	ID, OSName, OSType, Region string
	DCID                       int
}

// DocumentedProducts are those of the vendor's documentation.
func DocumentedProducts() []Product {
	return []Product{
		{ID: "fcp66d566c43a9501001256", DCID: 1, ProductType: "Container", Region: "CANADA", PricePerHour: "1.0", CPU: 24, RAM: 200, GPU: "H100-80G-SXM", GPUType: "H100", GPUCount: 1, Disk: 200, Ephemeral: 1500, Stock: "99"},
		{ID: "expde8da3529-f08d-4f86-8456-04094d19fbc4", DCID: 2, ProductType: "Virtual Machine", Region: "CANADA", PricePerHour: "2.627", CPU: 28, RAM: 180, GPU: "H100-80G-PCIe", GPUType: "H100", GPUCount: 1, Disk: 100, Ephemeral: 750, Stock: "99"},
		{ID: "expd4b024f34-c9f3-4c41-ade4-4b56bbe3c64b", DCID: 2, ProductType: "Virtual Machine", Region: "CANADA", PricePerHour: "1.867", CPU: 28, RAM: 120, GPU: "A100-80G-PCIe", GPUType: "A100", GPUCount: 1, Disk: 100, Ephemeral: 750, Stock: "99"},
		{ID: "expd0ce88325-aeb0-48d0-8216-09506b58f1dd", DCID: 2, ProductType: "Virtual Machine", Region: "CANADA", PricePerHour: "0.697", CPU: 28, RAM: 58, GPU: "RTX-A6000", GPUType: "RTX", GPUCount: 1, Disk: 100, Ephemeral: 0, Stock: "99"},
	}
}

// DocumentedImages are those of the vendor's documentation.
func DocumentedImages() []Image {
	return []Image{
		{ID: "fcp66d566c93a95010012", DCID: 1, OSName: "Ubuntu Server 22.04 LTS", OSType: "Ubuntu", Region: "CANADA"},
		{ID: "exoscee6e762-1d11-4f65-a7d6-8c0670b603b2", DCID: 2, OSName: "Ubuntu Server 22.04 LTS R535 CUDA 12.2", OSType: "Ubuntu", Region: "CANADA"},
		{ID: "exos60da1d80-a58b-4ff3-8a33-b566b65f3e6e", DCID: 2, OSName: "Ubuntu Server 22.04 LTS R535 CUDA 12.2", OSType: "Ubuntu", Region: "NORWAY"},
		{ID: "exos63884cc9-2119-43db-b6d5-093fb4036586", DCID: 2, OSName: "Ubuntu Server 22.04 LTS", OSType: "Ubuntu", Region: "NORWAY"},
	}
}

// catalogue is the part of the API that says what can be had.
type catalogue struct{ options CatalogueOptions }

func newCatalogue(s *Server) *catalogue {
	c := &catalogue{s.options.Catalogue}
	if c.options.Products == nil {
		c.options.Products = DocumentedProducts()
	}
	if c.options.Images == nil {
		c.options.Images = DocumentedImages()
	}
	c.options.Products, c.options.Images = slices.Clone(c.options.Products), slices.Clone(c.options.Images)
	return c
}

func (k *catalogue) routes() []route {
	return []route{
		{method: http.MethodGet, path: "/computing/products", operation: OpListProducts, handle: k.listProducts},
		{method: http.MethodGet, path: "/computing/images", operation: OpListImages, handle: k.listImages},
	}
}

func (k *catalogue) listProducts(*call, time.Time) Answer {
	const message = "All products retrieved successfully"
	flat := []json.RawMessage{}
	grouped := map[string]map[string][]json.RawMessage{}
	for _, p := range k.options.Products {
		row := k.productRow(p)
		flat = append(flat, row)
		if grouped[p.Region] == nil {
			grouped[p.Region] = map[string][]json.RawMessage{}
		}
		grouped[p.Region][p.GPUType] = append(grouped[p.Region][p.GPUType], row)
	}
	if k.options.Flat {
		return succeeded(message, flat)
	}
	return succeeded(message, grouped)
}

func (k *catalogue) productRow(p Product) json.RawMessage {
	stock := json.RawMessage("null")
	if _, err := strconv.Atoi(p.Stock); err == nil {
		stock = k.number(p.Stock)
	} else if p.Stock != "" {
		stock = quoted(p.Stock)
	}
	return marshal(struct {
		ID           string          `json:"id"`
		DCID         int             `json:"dc_id"`
		ProductType  string          `json:"product_type"`
		Region       string          `json:"region"`
		PricePerHour json.RawMessage `json:"price_per_hour"`
		CPU          json.RawMessage `json:"cpu"`
		RAM          json.RawMessage `json:"ram"`
		GPU          string          `json:"gpu"`
		GPUType      string          `json:"gpu_type"`
		GPUCount     json.RawMessage `json:"gpu_count"`
		Disk         json.RawMessage `json:"disk_size"`
		Ephemeral    json.RawMessage `json:"ephemeral"`
		Stock        json.RawMessage `json:"stock"`
		Cycle        string          `json:"cycle"`
		IsAvailable  bool            `json:"is_available"`
	}{
		p.ID, p.DCID, p.ProductType, p.Region, k.number(p.PricePerHour), k.integer(p.CPU), k.integer(p.RAM), p.GPU, p.GPUType,
		k.integer(p.GPUCount), k.integer(p.Disk), k.integer(p.Ephemeral), stock, "hourly", !p.Unavailable,
	})
}

func (k *catalogue) listImages(*call, time.Time) Answer {
	const message = "All OS retrieved successfully"
	flat, grouped := []json.RawMessage{}, map[string][]json.RawMessage{}
	for _, i := range k.options.Images {
		row := marshal(struct {
			ID     string `json:"id"`
			DCID   int    `json:"dc_id"`
			OSName string `json:"os_name"`
			OSType string `json:"os_type"`
			Region string `json:"region"`
		}{i.ID, i.DCID, i.OSName, i.OSType, i.Region})
		flat = append(flat, row)
		grouped[i.Region] = append(grouped[i.Region], row)
	}
	if k.options.Flat {
		return succeeded(message, flat)
	}
	return succeeded(message, grouped)
}

// number is a decimal number as JSON.
func (k *catalogue) number(digits string) json.RawMessage {
	if k.options.TextNumbers {
		return quoted(digits)
	}
	return json.RawMessage(digits)
}

func (k *catalogue) integer(n int) json.RawMessage { return k.number(strconv.Itoa(n)) }

func quoted(s string) json.RawMessage { return marshal(s) }

// SetProduct changes a product, as the vendor does when prices or stock change,
// and says whether it exists.
func (s *Server) SetProduct(id string, change func(*Product)) bool {
	s.enter()
	defer s.mu.Unlock()
	products := thingOf[*catalogue](s).options.Products
	i := slices.IndexFunc(products, func(p Product) bool { return p.ID == id })
	if i >= 0 {
		change(&products[i])
	}
	return i >= 0
}

// SetImages replaces the images, as the vendor does when images get new ids.
func (s *Server) SetImages(images []Image) {
	s.enter()
	defer s.mu.Unlock()
	thingOf[*catalogue](s).options.Images = slices.Clone(images)
}
