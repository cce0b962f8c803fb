//! What must hold for every request, tried on generated ones.
