"""Every constant of the chamber, the heater and the laser beam, in one table.

Marks as in `constants.MARKS`. "IKZ log" is the real run in cloud/knowledge/examples/pld_log;
`adatom.sim.validate` compares both. What differs between worlds (fluence, yields, surface) stands in `constants`.
"""

from collections.abc import Mapping

from .constants import Constant

# name, value, unit, mark, source
CHAMBER_CONSTANTS: tuple[Constant, ...] = (
    # --- gas
    Constant("pa_m3_s_per_sccm", 1.69e-3, "Pa m3/s per sccm", "C", "101325 Pa x 1 cm3/min at 0 °C"),
    Constant("atmosphere_pa", 101325.0, "Pa", "V", "definition"),
    Constant("volume_m3", 0.049, "m3", "C", "IKZ log: 0.0340 mbar/s while 99.0 sccm fill the closed chamber"),
    Constant("turbo_m3_s", 0.5, "m3/s", "M", "turbomolecular pump of the class, 300-700 L/s below 1 Pa"),
    Constant("turbo_half_pa", 5.0, "Pa", "K", "pressure at which the turbo pump has lost half its speed"),
    Constant("rough_m3_s", 0.01, "m3/s", "K", "dry backing pump, 36 m3/h"),
    Constant(
        "valve_open_m3_s", 0.25, "m3/s", "K", "throttle valve: 9 % travel at the flow and pressure of the IKZ log"
    ),
    Constant("valve_shut_m3_s", 2.0e-6, "m3/s", "K", "a butterfly does not seal; log: 184 mbar held for 1.5 h"),
    Constant("valve_lag_s", 0.5, "s", "M", "throttle valve, 0.3-1 s"),
    Constant(
        "valve_quantum", 1.0e-4, "of travel", "K", "stepper; 0.5 % stiction would contradict the 0.1 % hold of the log"
    ),
    Constant("outgas_base_pa", 2.4e-4, "Pa", "C", "IKZ log: p = 2.4e-4 + 24.6e-4 t^-0.37 Pa over 15-620 s"),
    Constant("outgas_rise_pa", 24.6e-4, "Pa", "C", "IKZ log, as above"),
    Constant("outgas_power", 0.37, "", "C", "IKZ log, as above"),
    Constant("outgas_spread", 0.10, "ln", "K", "run to run, from what the walls took up while vented"),
    # --- mass-flow controller
    Constant("mfc_full_sccm", 100.0, "sccm", "C", "IKZ log: saturates at 99.9 sccm"),
    Constant("mfc_zero_sccm", 0.83, "sccm", "C", "IKZ log: indicated flow with the valve shut"),
    Constant("mfc_quantum_sccm", 0.04883, "sccm", "C", "IKZ log: steps of the indicated flow"),
    Constant("mfc_noise_sccm", 0.02, "sccm", "C", "IKZ log: sd 0.02-0.03 sccm with the quantum"),
    Constant("mfc_lag_s", 1.0, "s", "M", "thermal mass-flow controller, 0.5-2 s"),
    # --- gauges
    Constant("full_range_ratio", 0.904, "", "C", "IKZ log: full-range over capacitance gauge at 0.1 mbar"),
    Constant("full_range_spread", 0.03, "", "K", "between chambers; literature 10-15 % for such gauges"),
    Constant("full_range_lag_s", 0.2, "s", "M", "cold cathode and Pirani, 0.1-0.5 s"),
    Constant("full_range_noise", 0.006, "", "C", "IKZ log: scatter round the pump-down law, below 1 %"),
    Constant("full_range_switch_pa", 120.0, "Pa", "C", "IKZ log: above 1.2 mbar both gauges read the same"),
    Constant(
        "capacitance_floor_pa", 0.6007, "Pa", "C", "IKZ log: reads 6.007e-3 mbar in vacuum, no offset seen at 0.1 mbar"
    ),
    Constant("capacitance_spread", 0.003, "", "M", "capacitance gauge, 0.15-0.5 % of reading"),
    Constant("capacitance_noise", 5.0e-4, "of reading", "C", "IKZ log: sd 0.05-0.12 % while 10 Pa is held"),
    Constant("capacitance_noise_pa", 0.0025, "Pa", "C", "IKZ log: steps of 4e-5 mbar at the floor"),
    # --- heater
    Constant("block_j_k", 50.0, "J/K", "M", "100 g Inconel heater block"),
    Constant("block_m2", 40.0e-4, "m2", "M", "radiating area of the block"),
    Constant("block_emissivity", 0.70, "", "M", "oxidised Inconel, 0.5-0.85"),
    Constant("block_emissivity_spread", 0.03, "", "K", "run to run: oxide and film grow on it"),
    Constant(
        "holder_w_k", 0.0080, "W/K", "C", "IKZ log, free cooling below 150 °C: 0.0153 W/K with the gas, split is K"
    ),
    Constant("gas_w_k", 0.0073, "W/K", "C", "IKZ log, as above: conduction of O2 in the continuum"),
    Constant("gas_half_pa", 1.0, "Pa", "M", "free path as long as a few mm: half of the conduction is gone"),
    Constant("convection_w_k", 0.0225, "W/K", "C", "IKZ log: free convection at 184 mbar and 100 K, ~ p^0.5 dT^0.25"),
    Constant("convection_pa", 18400.0, "Pa", "C", "IKZ log: pressure of the free cooling"),
    Constant("convection_from_pa", 100.0, "Pa", "K", "below it convection is under 7 % of conduction: left out"),
    Constant("wall_c", 25.0, "°C", "C", "IKZ log: last reading; cooling water"),
    Constant("element_lag_s", 3.0, "s", "K", "wire to block"),
    Constant("heater_limit_w", 250.0, "W", "K", "power supply"),
    Constant("thermocouple_lag_s", 3.0, "s", "M", "sheathed K type, 2-5 s"),
    Constant("guard_lag_s", 5.0, "s", "M", "as above, the larger sheath"),
    Constant("thermocouple_noise_k", 0.07, "K", "C", "IKZ log: detrended sd 0.06-0.09 K at 750 °C"),
    Constant("guard_spread", 0.004, "of the rise", "M", "K type class 2, +-0.75 %"),
    Constant("thermocouple_burnout_c", 1372.0, "°C", "M", "upscale burnout of a K-type input"),
    Constant("substrate_lag_s", 12.0, "s", "K", "1 J/K of crystal and clamp over 0.08 W/K of contact"),
    Constant("contact_w_k", 0.08, "W/K", "M", "between clips 0.05 and silver paste 0.5"),
    # --- laser, optics, carousel
    Constant("pulse_spread", 0.01, "", "M", "excimer specification 0.75-1.5 % 1 sigma (the IKZ laser: about 0.3 %, C)"),
    Constant("drift_spread", 0.002, "", "K", "slow energy drift, AR(1)"),
    Constant("drift_pulses", 1000.0, "pulses", "K", "its memory"),
    Constant("laser_offset_spread", 0.02, "", "K", "energy set-point against energy made"),
    Constant("meter_pulses", 8.0, "pulses", "C", "IKZ log: autocorrelation 0.40 of readings 4.3 pulses apart"),
    Constant(
        "meter_gap_s", 3.0, "s", "K", "after this time without a pulse the meter reads 0 (IKZ log: 0 when it rests)"
    ),
    Constant("missed_share", 3.0e-5, "of pulses", "M", "excimer, 1e-5 to 1e-4"),
    Constant("carousel_s", 0.45, "s", "K", "time from one target to the next; a bench waits 0.5 s for it"),
    # --- bench
    Constant("water_lpm", 3.0, "L/min", "K", "cooling water"),
    Constant("water_noise_lpm", 0.02, "L/min", "K", "turbine meter"),
    Constant("anneal_from_c", 150.0, "°C", "K", "below it an hour changes nothing: carbonate lives for years"),
    Constant("assembly_min", 20.0, "min", "K", "glove box, lithium foil, press"),
)
CHAMBER: Mapping[str, float] = {row.name: row.value for row in CHAMBER_CONSTANTS}
STEFAN_BOLTZMANN = 5.670374e-8  # W/m2/K4, CODATA 2018
