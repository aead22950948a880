/** What rows of a local deployment show for the region that received them. */
export const localRegion = 'local';
