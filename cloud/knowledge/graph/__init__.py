"""What is known as a graph: built from the store, asked by Cypher, measured by rustworkx, written as GraphML or RDF."""
