"""An independent oracle of `theory`'s certificate: explicit trees over all pure plans, in whole numbers, no cidmesa."""
