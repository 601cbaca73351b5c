"""What benches say, told to other systems in their own words. Only hears: nothing here can command a bench."""
