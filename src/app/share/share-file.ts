/** Ends the names of files that hold a share. */
export const shareExtension = '.alcove'
export const shareMediaType = 'application/vnd.alcove.share+json'

export const isShareFile = ({ name }: Pick<File, 'name'>) =>
  name.toLowerCase().endsWith(shareExtension)
