// Package catalog offers what can be had: the data sources nebula_product,
// nebula_products, nebula_image and nebula_images.
package catalog

// sharedListNote states how old the shared lists may be.
const sharedListNote = "\n\nAll data sources of a run share one list, which is at most 5 minutes old."
