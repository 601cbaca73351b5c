"""How much attention a family of materials will get: citations forecast on their graph."""
