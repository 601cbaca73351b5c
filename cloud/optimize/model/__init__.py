"""What is believed of losses: Gaussian processes and what is around them. numpy and scipy only; knows no space."""
