"""What ails a recurrent network, from what backpropagation through time saw: in numbers, in words, with a remedy."""
