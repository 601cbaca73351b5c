"""Every constant of the physics chain, in one table with unit, mark and source. The code reads from here only.

Marks: V seen in a source, C computed from such data, M from general knowledge (not re-read), K calibration knob that
no measurement fixes. A `spread` above zero makes the constant a hidden parameter of a world: "log" is the standard
deviation of its natural logarithm, "add" the standard deviation in its own unit.
"""

from collections.abc import Mapping
from dataclasses import dataclass

MARKS = {
    "V": "verified: seen in the source named",
    "C": "computed from verified data",
    "M": "from memory of the literature, not re-read",
    "K": "calibration knob, no direct measurement",
}
Values = Mapping[str, float]

BOLTZMANN_EV_K = 8.617333262e-5  # CODATA 2018, exact
KELVIN = 273.15


@dataclass(frozen=True)
class Constant:
    """One row: `spread` and `spread_kind` say how a world draws its own value around `value`."""

    name: str
    value: float
    unit: str
    mark: str
    source: str
    spread: float = 0.0
    spread_kind: str = ""


def _rows(*rows: tuple[str, float, str, str, str] | tuple[str, float, str, str, str, float, str]) -> list[Constant]:
    return [Constant(*row) for row in rows]


LASER_AND_PLUME = _rows(
    ("fluence_bias", 1.0, "1", "M", "energy meter against target: 3-5 % fixed per chamber", 0.04, "log"),
    ("fluence_day_sd", 0.03, "1", "K", "fluence calibration drifts up to +-5 % from day to day"),
    ("window_loss_per_pulse", 1.0e-6, "1/pulse", "K", "window coating, 1-5 % per 1e4 pulses, low end"),
    ("window_clean_trials", 10.0, "trials", "K", "the window is cleaned after this many runs"),
    ("window_pulses_per_trial", 4000.0, "pulses", "K", "mean pulses of a run, for the coating between cleanings"),
    ("rate_threshold_j_cm2", 0.318, "J/cm2", "C", "fit to 19 LaVO3 films, arXiv:2603.05699 data, rms 3.1 %"),
    ("rate_slope_nm", 0.00836, "nm/pulse", "C", "same fit: rate = slope ln(F/threshold), 1.8 mm2 spot"),
    ("rate_spot_mm2", 1.8, "mm2", "V", "same films: spot 1.32 x 1.36 mm"),
    ("yield_fluence_ref_j_cm2", 2.0, "J/cm2", "K", "reference at which target yields are stated"),
    ("yield_distance_ref_mm", 55.0, "mm", "K", "same reference"),
    ("yield_pressure_ref_pa", 10.0, "Pa", "K", "same reference"),
    ("yield_spot_ref_cm2", 0.05, "cm2", "K", "same reference"),
    ("yield_bias_sd", 0.04, "1", "K", "true yield of a target against the envelope's, log sd"),
    ("yield_run_sd", 0.015, "1", "C", "thickness repeats to 1.5 % over 8 ORNL films (arXiv:2603.05699 data)"),
    ("stop_prefactor", 1.1, "1", "M", "Dyer 1990 stopping length, geometry factor A"),
    ("stop_gamma", 1.3, "1", "M", "Dyer 1990, ratio of specific heats of the plume"),
    ("plume_speed_m_s", 1.0e4, "m/s", "M", "Willmott & Huber RMP 72, 315 (2000): 1-2e4"),
    ("pulse_length_s", 25e-9, "s", "M", "KrF excimer, 248 nm"),
    ("ion_energy_ev", 50.0, "eV", "M", "Willmott & Huber RMP 72, 315 (2000): 20-100 eV"),
    ("thermal_energy_ev", 0.1, "eV", "K", "floor of the arriving energy"),
    ("resputter_loss", 0.25, "1", "K", "rate lost to resputtering where the plume still flies"),
    ("stop_width_mm", 6.0, "mm", "K", "width of the plume's front"),
    ("thermalised_decay_mm", 60.0, "mm", "K", "rate decay behind the plume's end"),
    ("cos_power_vacuum", 16.0, "1", "M", "cos^n plume, n 4-25; Lorusso 2024 Materials 17 2712 for the form"),
    ("cos_power_pressure_pa", 15.0, "Pa", "K", "n falls with pressure as 1/(1+p/p0)"),
    ("cos_power_floor", 4.0, "1", "M", "n at high pressure"),
    ("plume_ellipticity", 1.25, "1", "K", "n_x over n_y of a rectangular spot (flip-over)", 0.1, "log"),
    ("plume_tilt_mm", 0.0, "mm", "K", "plume axis off the substrate centre", 1.0, "add"),
)

# Drift within a run: only worlds with drift have it (World(seed, drift=True))
DRIFT = _rows(
    ("drift_window_loss_per_pulse", 2.5e-6, "1/pulse", "M", "window coating in a run: 1-5 % per 1e4 pulses"),
    ("drift_window_loss_sd", 0.5, "1", "K", "run to run, log sd: the range 1-5 % is +-1.6 sd"),
    (
        "drift_surface_loss",
        0.26,
        "1",
        "C",
        "yield that a ground target loses: with the window, ORNL rates are 15-18 % lower over 7500 pulses than 1000",
    ),
    ("drift_surface_pulses", 1500.0, "pulses", "K", "on a target, to lose 1 - 1/e of it"),
    ("drift_surface_pulses_sd", 0.3, "1", "K", "between targets and runs, log sd"),
    ("drift_youngest_pulses", 1000.0, "pulses", "M", "pre-ablation of a ground target with the shutter closed"),
    ("drift_oldest_pulses", 6000.0, "pulses", "K", "a target is ground again after so many"),
    ("drift_walk_sd", 0.015, "1", "K", "random walk of each target's log yield, sd after 1000 pulses on it"),
)

MONITOR = _rows(
    ("monitor_wavelength_nm", 405.0, "nm", "M", "laser diode; its fringe is 96 nm of garnet"),
    ("film_index", 2.10, "1", "M", "garnet at 405 nm (2.0 in the red)", 0.01, "log"),
    ("film_index_run_sd", 0.005, "1", "K", "film to film: density and composition, log sd"),
    ("witness_index", 5.57, "1", "M", "silicon at 405 nm (Aspnes & Studna 1983); the spread for its heat", 0.01, "log"),
    ("witness_extinction", 0.39, "1", "M", "as above", 0.1, "log"),
    ("witness_index_run_sd", 0.003, "1", "K", "temperature of the witness in each mount, log sd"),
    ("witness_share", 1.0, "1", "K", "thickness on the witness over that on the sample, calibrated", 0.01, "log"),
    ("witness_share_run_sd", 0.005, "1", "K", "plume and mount, run to run, log sd"),
    ("monitor_gain_sd", 0.10, "1", "K", "alignment of the witness in each mount, log sd"),
    ("monitor_fade_sd", 0.005, "1", "K", "random walk of the gain (viewport, diode), log sd after an hour"),
    ("monitor_noise", 3.0e-4, "1", "M", "one reading at 10 Hz, chopped and divided by a reference: 0.1 % of 0.3"),
)

LITHIUM = _rows(
    ("scatter_loss", 0.38, "1", "K", "size; mechanism Gonzalo 1997, LiNbO3 in gas", 0.08, "log"),
    ("scatter_pd_pa_mm", 300.0, "Pa mm", "K", "gas column at which scattering saturates"),
    ("scatter_recovery", 0.6, "1", "K", "Li returns behind the plume's end (Gonzalo 1997, sign V)"),
    ("sputter_loss", 0.25, "1", "K", "size; mechanism Schou 2009 Appl Surf Sci"),
    ("sputter_pd_pa_mm", 100.0, "Pa mm", "K", "gas column that stops self-sputtering"),
    ("sputter_fluence_j_cm2", 1.0, "J/cm2", "K", "fluence from which light atoms are sputtered"),
    ("evaporation_gain", 0.3, "1", "K", "Li-rich evaporation near threshold; Schou 2009"),
    ("evaporation_threshold_j_cm2", 0.45, "J/cm2", "M", "oxides at 248 nm: 0.3-0.6 (Baeuerle)"),
    ("evaporation_width_j_cm2", 0.3, "J/cm2", "K", "fall of that gain with fluence"),
    ("o2_binding", 0.3, "1", "K", "size; Brummel 2024 JVST A: Li transfer falls with the O2 share"),
    # the one knob for the whole: the reference recipe gives 150 ohm cm2 over 60 worlds, 650 C is still no cliff
    ("volatile_j0_cm2_s", 3.2e14, "1/cm2/s", "K", "Li loss at 973 K surface, under time-averaged rates", 0.12, "log"),
    ("volatile_ea_ev", 0.9, "eV", "K", "0.8-2.5 possible; 0.8-1.0 keeps the hot side soft", 0.04, "add"),
    ("volatile_ref_k", 973.0, "K", "K", "temperature of volatile_j0_cm2_s"),
    ("li_per_nm_cm2", 2.56e15, "1/cm2/nm", "C", "Li in LLZO of 1 nm: 8 x 7 Li per (1.295 nm)^3"),
    ("units_per_nm_cm2", 3.68e14, "1/cm2/nm", "C", "formula units in 1 nm: 8 per (1.295 nm)^3; a from OBELiX"),
    ("anneal_loss_per_s", 1.0e-4, "1/s", "K", "Li loss of a bare film at 873 K in vacuum: hot, long anneals ruin it"),
    ("anneal_loss_ea_ev", 1.2, "eV", "K", "0.8-2.5 possible"),
    ("anneal_loss_ref_k", 873.0, "K", "K", "temperature of anneal_loss_per_s"),
    ("anneal_loss_o2_share", 0.6, "1", "K", "loss in O2 over loss in vacuum"),
    ("anneal_uptake_per_s", 1.0e-3, "1/s", "K", "Li uptake in Li vapour at 973 K; Chen & Pryds 2023 for the effect"),
    ("anneal_uptake_ref_k", 973.0, "K", "V", "Chen & Pryds 2023, Mater. Adv. d3ma00894k: 700 C in LiOH vapour"),
)

GROWTH = _rows(
    ("surface_offset_k", 40.0, "K", "M", "surface 20-150 K below the thermocouple; at offset_ref_c", 10.0, "add"),
    ("surface_offset_ref_c", 600.0, "C", "K", "thermocouple reading at which surface_offset_k holds"),
    ("surface_offset_mount_sd_k", 8.0, "K", "M", "+-10-30 K between mounts, low end"),
    (
        "crystal_rate_per_s",
        2.0e-3,
        "1/s",
        "K",
        "JMAK rate at crystal_ref_k, i.e. 600 C on the thermocouple",
        0.15,
        "log",
    ),
    ("crystal_ea_ev", 2.6, "eV", "K", "2.5-3.6 possible"),
    ("crystal_ref_k", 833.0, "K", "K", "surface temperature of crystal_rate_per_s"),
    ("crystal_avrami", 1.5, "1", "K", "JMAK exponent"),
    ("pyrochlore_fill", 0.85, "1", "K", "Li over neutral Li at which half is La2Zr2O7: 5.5 of 6.5", 0.01, "add"),
    ("pyrochlore_width", 0.026, "1", "K", "width of that step: 0.18 of 7 Li"),
    ("tetragonal_li", 6.75, "Li per 12 O", "M", "Li content from which undoped LLZO is tetragonal"),
    ("tetragonal_width", 0.10, "Li per 12 O", "K", "width of that step"),
    ("dopant_al", 0.20, "per 12 O", "M", "Al that makes LLZO cubic: Rettenwander, Thompson 2014/15"),
    ("dopant_ga", 0.17, "per 12 O", "M", "Ga, 0.15-0.2"),
    ("dopant_ta_nb", 0.25, "per 12 O", "M", "Ta or Nb"),
    ("dopant_width", 0.15, "1", "K", "softness of the dopant criterion"),
    ("excess_margin_li", 0.15, "Li per 12 O", "K", "Li that a garnet takes up beyond neutrality"),
    ("excess_phase_li", 1.2, "Li per 12 O", "K", "Li2O share grows as 1-exp(-excess/this)"),
    ("secondary_gain", 3.0, "1", "K", "secondary phase per log unit of (La:B)/(3:2)"),
    ("grain_nm", 60.0, "nm", "K", "grain at 973 K surface and grain_rate_nm_s; 30-300 nm in films"),
    ("grain_ea_ev", 0.5, "eV", "K", "grain growth"),
    ("grain_ref_k", 933.0, "K", "K", "temperature of grain_nm: 700 C on the thermocouple"),
    ("grain_rate_nm_s", 0.12, "nm/s", "K", "rate of grain_nm; grain ~ rate^-0.5"),
    ("droplets_per_cm2", 1.0e3, "1/cm2", "M", "droplets at droplet_fluence_j_cm2; Watanabe 1995 JAP for the trend"),
    ("droplet_fluence_j_cm2", 1.2, "J/cm2", "M", "fluence of droplets_per_cm2"),
    ("droplet_scale_j_cm2", 0.6, "J/cm2", "K", "exponential growth with fluence"),
    ("density_floor", 0.78, "1", "K", "relative density of a film from thermal atoms"),
    ("density_gain", 0.20, "1", "K", "densification by arriving energy"),
    ("density_energy_ev", 4.0, "eV", "K", "energy scale of densification"),
    ("damage_energy_ev", 30.0, "eV", "K", "energy from which the film is damaged (10-30 eV best)"),
    ("roughness_floor_nm", 3.0, "nm", "M", "5-30 nm polycrystalline, less when fine"),
    ("roughness_per_grain", 0.2, "1", "K", "roughness grows with the grain"),
)

CONDUCTION = _rows(
    ("sigma_cubic_log", -3.21, "lg S/cm", "C", "OBELiX Ta series, n = 18, residual 0.27"),
    ("sigma_cubic_curvature", -0.73, "1", "C", "same fit: lg sigma = a + b (y - y0)^2"),
    ("sigma_cubic_li", 6.40, "Li per 12 O", "C", "same fit: y0"),
    ("sigma_offset_al", -0.25, "lg", "C", "OBELiX: Al0.2-0.24 2.1-3.4e-4 S/cm"),
    ("sigma_offset_nb", -0.05, "lg", "C", "OBELiX: Nb0.25 8.0e-4 S/cm"),
    ("sigma_offset_ga", 0.25, "lg", "C", "OBELiX 3.5e-4 to 1.5e-3 S/cm; RSC d5eb00026b"),
    ("sigma_tetragonal_log", -5.8, "lg S/cm", "V", "OBELiX: 1.6e-6 S/cm"),
    ("sigma_amorphous_log", -6.7, "lg S/cm", "C", "mean of Kalita 2012 SSI 229 14: 4, 2, 0.8e-7 S/cm"),
    ("sigma_pyrochlore_log", -9.0, "lg S/cm", "K", "blocking, 1e-9 S/cm; with ea_blocking_ev"),
    ("sigma_secondary_log", -9.0, "lg S/cm", "K", "La2O3, LaAlO3, ZrO2: blocking"),
    ("sigma_excess_log", -8.0, "lg S/cm", "K", "Li2O, Li2CO3 inclusions"),
    ("ea_cubic_ev", 0.30, "eV", "M", "0.26-0.35"),
    ("ea_tetragonal_ev", 0.50, "eV", "M", "LLZO, tetragonal"),
    ("ea_amorphous_ev", 0.60, "eV", "M", "0.5-0.7"),
    ("ea_blocking_ev", 0.57, "eV", "K", "joins 1e-9 S/cm at 25 C with Chen & Pryds 3.5e-6 S/cm at 200 C"),
    ("boundary_share", 0.70, "1", "C", "total over bulk conductivity, OBELiX median, n = 24"),
    ("boundary_nm", 21.0, "nm", "K", "fine grains: share g/(g + this); Zhu 2020 for the trend"),
    ("sigma_run_sd", 0.15, "1", "K", "film to film 10-25 %, log sd"),
    ("sigma_density_power", 2.0, "1", "K", "sigma ~ density^power"),
)

SURFACE = _rows(
    ("carbonate_first_nm", 2.0, "nm", "K", "layer at the first contact with air; Sahal 2024: within 3 min"),
    ("carbonate_growth_nm", 4.5, "nm", "K", "self-limiting: per ln(1 + t/t0); Zhang 2024 for the law"),
    ("carbonate_time_min", 3.0, "min", "V", "Sahal 2024: carbonate within 3 min"),
    ("carbonate_water_nm_day", 30.0, "nm/d", "K", "slow H2O part, so that 24 h reaches the 960 ohm cm2 of Cheng 2015"),
    ("carbonate_water_days", 5.0, "d", "K", "the slow part saturates"),
    ("carbonate_per_excess_nm", 12.0, "nm per Li", "K", "excess Li turns into carbonate"),
    ("carbonate_excess_max_nm", 30.0, "nm", "K", "that part saturates"),
    ("carbonate_cover_nm", 2.5, "nm", "K", "coverage 1 - exp(-t/this)"),
    ("carbonate_residue_nm", 0.02, "nm", "K", "what no anneal removes"),
    ("carbonate_removal_per_h", 3.0, "1/h", "K", "at carbonate_removal_ref_c, vacuum", 0.2, "log"),
    ("carbonate_removal_ea_ev", 1.5, "eV", "K", "decomposes from 300 C in vacuum (V)", 0.05, "add"),
    ("carbonate_removal_ref_c", 386.0, "C", "K", "surface temperature at 400 C on the thermocouple"),
    ("carbonate_removal_o2", 0.4, "1", "K", "rate in O2 over rate in vacuum"),
    ("carbonate_removal_li", 0.2, "1", "K", "rate in Li vapour over rate in vacuum"),
    ("sigma_carbonate_s_cm", 1.0e-8, "S/cm", "K", "10 nm = 100 ohm cm2", 0.08, "log"),
    ("interlayer_cover_nm", 2.5, "nm", "K", "coverage 1 - exp(-t/this): optimum 3-20 nm", 0.25, "log"),
    ("interlayer_cleaning", 0.5, "1", "K", "carbonate consumed under a closed interlayer: Ge on aired 115 (Luo 2017)"),
    ("interlayer_al2o3_s_cm", 5.0e-7, "S/cm", "K", "lithiated Al2O3; 1 ohm cm2 total: Han 2017", 0.2, "log"),
    ("interlayer_zno_s_cm", 1.0e-6, "S/cm", "K", "lithiated ZnO", 0.2, "log"),
    ("interlayer_ge_s_cm", 2.0e-7, "S/cm", "K", "lithiated Ge", 0.2, "log"),
    ("interlayer_si_s_cm", 2.0e-7, "S/cm", "K", "lithiated Si", 0.2, "log"),
    ("interlayer_au_s_cm", 1.0e-5, "S/cm", "K", "Li-Au alloy", 0.2, "log"),
    ("interlayer_bias", 1.0, "1", "K", "true over intended interlayer thickness", 0.08, "log"),
)

CONTACT = _rows(
    ("adhesion_llzo_j_m2", 0.67, "J/m2", "M", "Sharafi 2017"),
    ("adhesion_carbonate_j_m2", 0.10, "J/m2", "M", "Sharafi 2017"),
    ("adhesion_interlayer_j_m2", 0.95, "J/m2", "K", "alloying interlayers, at least"),
    ("lithium_surface_j_m2", 0.46, "J/m2", "C", "Young-Dupre with Sharafi's contact angles"),
    ("contact_power", 1.5, "1", "K", "contact share ~ (W/2g)^power"),
    ("contact_pressure_mpa", 1.2, "MPa", "K", "pressure that closes the contact"),
    ("contact_pressure_zero_mpa", 0.3, "MPa", "K", "assembly pressure that stays"),
    ("contact_roughness_nm", 60.0, "nm", "K", "roughness that halves the contact"),
    ("charge_transfer_ohm_cm2", 1.0, "ohm cm2", "M", "clean Li|LLZO at 25 C: 0.1-2", 0.2, "log"),
    ("charge_transfer_ea_ev", 0.35, "eV", "M", "activation of the transfer"),
    ("assembly_sd", 0.20, "1", "M", "re-assembled cells: R_int log sd 0.20-0.35"),
    ("cell_temperature_sd_k", 0.5, "K", "K", "room without a thermostat"),
)

CELL = _rows(
    ("cell_area_cm2", 0.785, "cm2", "K", "lithium disc of 10 mm"),
    ("pellet_thickness_cm", 0.05, "cm", "K", "dense Ta-LLZO pellet, ground thin"),
    ("pellet_sigma_s_cm", 1.0e-3, "S/cm", "V", "OBELiX: Li6.4Ta0.6, 1.0e-3 S/cm"),
    ("permittivity", 50.0, "1", "M", "relative, LLZO: Irvine 1990 range"),
    ("vacuum_permittivity_f_cm", 8.854e-14, "F/cm", "V", "CODATA 2018"),
    ("film_cpe_n", 0.92, "1", "M", "0.85-0.95"),
    ("interface_f_cm2", 5.0e-6, "F/cm2", "M", "Li|LLZO charge transfer 1e-6-1e-5; seen below 200 kHz at 2 ohm cm2"),
    ("interface_cpe_n", 0.85, "1", "M", "0.75-0.9"),
    ("diffusion_ohm_cm2", 1.5, "ohm cm2", "K", "low-frequency arc per side"),
    ("diffusion_tau_s", 5.0, "s", "K", "time constant of that arc"),
    ("inductance_low_h", 0.2e-6, "H", "K", "cell leads, low end"),
    ("inductance_high_h", 1.0e-6, "H", "K", "cell leads, high end"),
    ("stray_low_f", 5e-12, "F", "K", "stray capacitance, low end"),
    ("stray_high_f", 20e-12, "F", "K", "stray capacitance, high end"),
    ("lead_low_ohm", 0.02, "ohm", "K", "lead resistance, low end"),
    ("lead_high_ohm", 0.10, "ohm", "K", "lead resistance, high end"),
    ("eis_noise", 0.002, "1", "K", "floor of |dZ/Z|, potentiostat contour plot"),
    ("eis_noise_high_f", 0.02, "1", "K", "added at eis_f_high_hz"),
    ("eis_f_high_hz", 1e6, "Hz", "K", "contour plot"),
    ("eis_z_max_ohm", 1e11, "ohm", "K", "contour plot"),
    ("eis_z_min_ohm", 5e-3, "ohm", "K", "contour plot"),
    ("eis_phase_sd_deg", 0.10, "deg", "K", "contour plot: 0.1-0.3 deg limits"),
    ("eis_drift_sd", 0.005, "1", "K", "R_int drifts during a sweep"),
    ("eis_range_step", 0.001, "1", "K", "gain steps between current ranges"),
    ("eis_mains_hz", 50.0, "Hz", "V", "European mains"),
    ("eis_mains_sd", 0.03, "1", "K", "spike at mains frequency and its harmonics"),
    ("witness_gap_cm", 5e-4, "cm", "K", "interdigitated electrodes: gap"),
    ("witness_length_cm", 20.0, "cm", "K", "interdigitated electrodes: total length of gap"),
    ("witness_f", 15e-12, "F", "K", "interdigitated electrodes: capacitance through the substrate"),
    ("witness_blocking_f", 2e-8, "F", "K", "blocking electrodes, 1e-6 F/cm2 of film"),
    ("witness_blocking_n", 0.90, "1", "M", "0.85-0.95"),
    ("thickness_noise", 0.01, "1", "K", "profilometer or ellipsometer map"),
    ("thickness_step_sd", 0.02, "1", "K", "calibration of the thickness used for the witness film"),
)

XPS = _rows(
    ("xps_length_nm", 0.0117, "nm", "K", "attenuation length a E^b: 2.0 nm at 950 eV, 2.7 at 1430"),
    ("xps_length_power", 0.75, "1", "K", "its power of the kinetic energy"),
    ("xps_transmission_power", -0.3, "1", "K", "analyser transmission ~ E^-0.3"),
    ("xps_take_off_deg", 0.0, "deg", "K", "analyser along the surface normal"),
    ("xps_lorentz_share", 0.3, "1", "M", "GL(30) line shape"),
    ("xps_pass_fwhm", 0.02, "1", "K", "analyser's resolution as a share of the pass energy"),
    ("xps_background_share", 0.02, "1/eV", "K", "electrons that lost energy, per electron of a line"),
    ("xps_counts", 5.5, "1/s/eV", "K", "scales to 1e4-1e5 counts at O 1s and 2e2-1e3 at Li 1s"),
    ("xps_charging_sd_ev", 0.3, "eV", "K", "charging left by the neutraliser"),
    ("xps_carbon_low_nm", 0.3, "nm", "K", "adventitious carbon"),
    ("xps_carbon_high_nm", 1.0, "nm", "K", "adventitious carbon"),
)

LIFE = _rows(
    ("ccd_ma_cm2", 0.35, "mA/cm2", "C", "at 10 ohm cm2, 3 MPa, 25 C, K_IC 1: points 514:0.05, 32:0.6, 5:0.4-0.9"),
    ("ccd_r_ref_ohm_cm2", 10.0, "ohm cm2", "C", "resistance of ccd_ma_cm2"),
    ("ccd_r_power", -0.45, "1", "C", "coarse fit to those points"),
    ("ccd_pressure_mpa", 3.0, "MPa", "K", "pressure of ccd_ma_cm2"),
    ("ccd_pressure_power", 0.3, "1", "K", "pressure law"),
    ("ccd_pressure_max", 1.6, "1", "K", "its ceiling"),
    ("ccd_ea_ev", 0.51, "eV", "C", "Sharafi 2016 (M): 50-20000 uA/cm2 at 30-160 C"),
    ("ccd_weibull_m", 3.0, "1", "K", "2-4; identical cells 0.03-1.0 mA/cm2, Weibull (V)"),
    ("toughness_low", 0.44, "MPa m^0.5", "V", "Hu 2021: 83 % dense"),
    ("toughness_high", 1.51, "MPa m^0.5", "V", "Hu 2021: 98 % dense"),
    ("cycles_n50", 1000.0, "cycles", "K", "median life at CCD/j = cycles_ratio; a chosen law"),
    ("cycles_ratio", 2.9, "1", "K", "CCD over current at which n50 holds"),
    ("cycles_power", 2.25, "1", "K", "chosen so that R 150 -> 15 ohm cm2 gives ten times the cycles"),
    ("cycles_shape", 2.0, "1", "K", "Weibull shape"),
    ("droplet_hazard", 2e-9, "1/droplet/cycle", "K", "short from a droplet"),
    ("aging_per_sqrt_cycle", 0.01, "1", "K", "R_int(n) = R0 (1 + c sqrt n)"),
    ("cycling_noise", 0.002, "1", "K", "voltage reading"),
    ("short_voltage_share", 0.12, "1", "K", "voltage left after a short"),
)

FAILURES = _rows(
    ("fail_laser", 0.01, "1", "K", "laser fault per run"),
    ("fail_pressure", 0.01, "1", "K", "pressure or mass-flow fault per run"),
    ("fail_heater", 0.015, "1", "K", "heater or thermocouple fault per run"),
    ("fail_delamination", 0.03, "1", "K", "delamination or crack per run"),
    ("fail_delamination_thick_nm", 1000.0, "nm", "K", "thicker films crack more"),
    ("fail_delamination_hot_c", 700.0, "C", "K", "hotter films crack more"),
    ("fail_delamination_more", 5.0, "1", "K", "how much more, each"),
    ("fail_pinhole_per_droplet", 4.0e-6, "1", "K", "1.5-8 % of the films short at 2-3 J/cm2"),
    ("fail_pinhole_thin_nm", 60.0, "nm", "K", "thin films short more: (1 + this/t)"),
    ("fail_assembly", 0.05, "1", "K", "cell assembly per run"),
    ("fail_eis", 0.02, "1", "K", "spectrum unusable"),
    ("air_minutes_sd", 0.10, "1", "K", "a person's timing, log sd"),
    ("anneal_sd_k", 4.0, "K", "K", "anneal temperature, per run"),
)

CONSTANTS: tuple[Constant, ...] = (
    *LASER_AND_PLUME,
    *DRIFT,
    *MONITOR,
    *LITHIUM,
    *GROWTH,
    *CONDUCTION,
    *SURFACE,
    *CONTACT,
    *CELL,
    *XPS,
    *LIFE,
    *FAILURES,
)
NOMINAL: Values = {row.name: row.value for row in CONSTANTS}
