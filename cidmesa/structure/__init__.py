"""Graphs: influence diagrams, separation, relevance and reduction. No numbers on this floor."""
